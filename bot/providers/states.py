"""Vendors' words for the state of a fine-tuning job, as documented, and ours. A word that is not here is `unknown`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.tuning_state import JobState

OPENAI_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "validating_files": JobState.VALIDATING,
        "queued": JobState.QUEUED,
        "running": JobState.RUNNING,
        "pausing": JobState.RUNNING,
        "paused": JobState.PAUSED,
        "succeeded": JobState.SUCCEEDED,
        "failed": JobState.FAILED,
        "cancelled": JobState.CANCELLED,
    }
)
AZURE_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        **OPENAI_STATES,
        "pending": JobState.PENDING,
        "notrunning": JobState.PENDING,
        "resuming": JobState.QUEUED,
        "canceled": JobState.CANCELLED,
    }
)
# Words that servers of OpenAI's kind use.
COMPATIBLE_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        **AZURE_STATES,
        "created": JobState.PENDING,
        "validating": JobState.VALIDATING,
        "in_progress": JobState.RUNNING,
        "training": JobState.RUNNING,
        "uploading": JobState.FINISHING,
        "compressing": JobState.FINISHING,
        "saving": JobState.FINISHING,
        "finalizing": JobState.FINISHING,
        "completed": JobState.SUCCEEDED,
        "error": JobState.FAILED,
        "cancelling": JobState.RUNNING,
        "cancel_requested": JobState.RUNNING,
    }
)
TOGETHER_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "pending": JobState.PENDING,
        "queued": JobState.QUEUED,
        "running": JobState.RUNNING,
        "compressing": JobState.FINISHING,
        "uploading": JobState.FINISHING,
        "cancel_requested": JobState.RUNNING,
        "cancelled": JobState.CANCELLED,
        "error": JobState.FAILED,
        "completed": JobState.SUCCEEDED,
    }
)
FIREWORKS_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "job_state_creating": JobState.PENDING,
        "job_state_pending": JobState.PENDING,
        "job_state_creating_input_dataset": JobState.VALIDATING,
        "job_state_validating": JobState.VALIDATING,
        "job_state_idle": JobState.QUEUED,
        "job_state_re_queueing": JobState.QUEUED,
        "job_state_running": JobState.RUNNING,
        "job_state_cancelling": JobState.RUNNING,
        "job_state_paused": JobState.PAUSED,
        "job_state_writing_results": JobState.FINISHING,
        "job_state_completed": JobState.SUCCEEDED,
        "job_state_early_stopped": JobState.SUCCEEDED,
        "job_state_failed": JobState.FAILED,
        "job_state_expired": JobState.FAILED,
        "job_state_cancelled": JobState.CANCELLED,
        "job_state_deleting": JobState.CANCELLED,
        "job_state_deleting_cleaning_up": JobState.CANCELLED,
    }
)
