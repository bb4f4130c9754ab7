"""One confirmation is one job, also when the answer to its creation is lost."""

from __future__ import annotations

import asyncio

from bot.providers.base import Tuner, TuningJob, TuningOrder
from bot.providers.errors import AnswerLost

# A job that was started shows in the list after moments; three looks are enough to be rather sure that there is none.
LOOKS = (0.5, 2.0, 5.0)


async def create_once(tuner: Tuner, order: TuningOrder, *, looks: tuple[float, ...] = LOOKS) -> TuningJob:
    """Start a job; if the answer is lost, find out whether it started. Never asks twice.

    Raises AnswerLost when it cannot be found: then a person looks, or the caller asks `find_by_tag` again later.
    """
    try:
        return await tuner.create(order)
    except AnswerLost as lost:
        for seconds in looks:
            await asyncio.sleep(seconds)
            job = await tuner.find_by_tag(order.tag, training_file=order.training_file)
            if job is not None:
                return job
        raise AnswerLost(
            "The answer to starting the job was lost, and the provider lists no such job.",
            kept="Your training file is uploaded.",
            todo="Look at the provider's list of jobs before you start it again.",
        ) from lost
