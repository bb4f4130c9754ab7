"""The window that orders a fine-tune: what a person confirms, and everything that can be chosen."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.domain.message import Block
from bot.domain.shutdown import in_words
from bot.domain.tuning import TrainForm, TrainOffer
from bot.domain.tuning_terms import Terms
from bot.views import blocks as b
from bot.views.ids import Action, Callback
from bot.views.span import span

EPOCH_CHOICES = (1, 2, 3, 4, 5, 6, 8, 10)
BATCH_CHOICES = (1, 2, 4, 8, 16, 32)
LET_IT_CHOOSE = "auto"
# An end that is further away than this is no reason to hesitate.
FAR_DAYS = 365


def train_modal(
    offer: TrainOffer,
    confirmation: str,
    *,
    form: TrainForm | None = None,
    today: date | None = None,
    context: str = "",
) -> dict[str, Any]:
    """Three lines and a yes; with `form` also what stands under *More*. `confirmation` makes this window one order,
    `context` says for which job or model it was opened again."""
    lines = [*_retry(offer), *(b.section(line) for line in _three_lines(offer)), b.context(_leaves(offer))]
    lines += [b.section(line) for line in _warnings(offer, today)]
    if offer.few:
        lines.append(b.context("Few texts teach a manner of writing, seldom facts. 50 to 100 start to help."))
    metadata = ":".join(part for part in (str(offer.dataset_id), confirmation, context) if part)
    more = _more(offer, form) if form is not None else [b.actions(b.button("More …", Action.TRAIN_MORE))]
    yes = f"Start · {b.price(offer.usd)}" if offer.usd is not None else "Start at unknown price"
    return b.modal("Teach a model", Callback.TRAIN, [*lines, *more], submit=yes, close="Not now", metadata=metadata)


def _retry(offer: TrainOffer) -> list[Block]:
    """Why this window is open again."""
    if offer.retry is None:
        return []
    why = b.esc(b.cut(offer.retry.why, 600))
    return [b.section(f":wrench: {why}\n*Changed*  {b.esc(offer.retry.change)}"), b.divider()]


def _three_lines(offer: TrainOffer) -> tuple[str, str, str]:
    usd = b.about(offer.usd) if offer.usd is not None else "price unknown: ask your provider first"
    time = f"about {span(offer.seconds)}, as last time" if offer.seconds else "some minutes up to an hour"
    usual = " (recommended)" if offer.recommended else ""
    return (
        f"*Model*  {b.esc(offer.model)} at {b.esc(offer.provider_label)}{usual}",
        f"*Price*  {usd}{_serving(offer.terms)}",
        f"*Time*  {time}; you get a message when it is done",
    )


def _serving(terms: Terms | None) -> str:
    """What using the model costs afterwards, where that is by the hour."""
    if terms is None or not terms.hourly:
        return ""
    price = f"about {b.price(terms.hourly_usd)} an hour" if terms.hourly_usd is not None else "a price an hour"
    return f"; using the model costs {price} while it runs, and only you start it"


def _leaves(offer: TrainOffer) -> str:
    """Who gets the texts, by name and place."""
    aside = f", {offer.validation} of them only to check with" if offer.validation else ""
    texts = f"{offer.train + offer.validation} approved texts with their prompts go"
    where = f"{texts} to {b.esc(offer.provider_label)}{aside}"
    terms = offer.terms
    if terms is None:
        return f"{where}."
    named = "" if terms.processor == offer.provider_label else f"{b.esc(terms.processor)}, "
    tried = " How to talk to it was taken from its documents and has not been tried yet." if terms.unverified else ""
    return f"{where} ({named}{b.esc(terms.host)}).{tried}"


def _warnings(offer: TrainOffer, today: date | None) -> list[str]:
    """The end of the model, as far as it is known and near."""
    if offer.terms is None or today is None:
        return []
    ending = offer.terms.ending
    if offer.terms.is_closed(today):
        closed = f":no_entry: {b.esc(offer.provider_label)} no longer teaches {b.esc(offer.model)}."
        return [f"{closed} Choose another model under *More*."]
    said = []
    if ending.base is not None and (ending.base - today).days <= FAR_DAYS:
        said.append(f"{b.esc(offer.model)} {in_words(ending.base, today)}.")
    if ending.tuned is not None and (ending.tuned - today).days <= FAR_DAYS:
        said.append(f"What is taught from it {in_words(ending.tuned, today)}.")
    if ending.training is not None and (ending.training - today).days <= FAR_DAYS:
        said.append(f"The last day to teach it is {ending.training.day} {ending.training:%B %Y}.")
    return [f":hourglass: {' '.join(said)} Your texts stay here and can be taught elsewhere."] if said else []


def _more(offer: TrainOffer, form: TrainForm) -> list[Block]:
    terms = offer.terms or Terms()
    fields = [b.divider(), _epochs(terms, form)]
    if "batch_size" in terms.takes:
        fields.append(_batch(terms, form))
    return [*fields, _rate(terms, form), _suffix(terms, form), _model(offer, form)]


def _epochs(terms: Terms, form: TrainForm) -> Block:
    usual = f"{terms.epochs_default} rounds, as usual there" if terms.epochs_default else "Let the provider choose"
    rounds = [b.option(usual, LET_IT_CHOOSE)]
    rounds += [b.option(f"{number} {'round' if number == 1 else 'rounds'}", str(number)) for number in EPOCH_CHOICES]
    chosen = str(form.epochs) if form.epochs else LET_IT_CHOOSE
    return _repriced("Rounds over the texts (epochs)", b.select(Action.TRAIN_MORE, rounds, chosen=chosen), "epochs",
                     "2 to 4 suit most. More learn the texts more closely and cost more; too many learn them by heart.",
                     )  # fmt: skip


def _batch(terms: Terms, form: TrainForm) -> Block:
    usual = f"{terms.batch_default}, as usual there" if terms.batch_default else "Let the provider choose"
    known = [*BATCH_CHOICES, *([form.batch_size] if form.batch_size and form.batch_size not in BATCH_CHOICES else [])]
    sizes = [b.option(usual, LET_IT_CHOOSE), *(b.option(str(size), str(size)) for size in sorted(known))]
    chosen = str(form.batch_size) if form.batch_size else LET_IT_CHOOSE
    return b.asked("Texts learned from at a time (batch size)", b.select("batch_size", sizes, chosen=chosen),
                   block_id="batch_size", optional=True,
                   hint="Fewer at a time suit small sets and need less memory; more at a time are quicker.",
                   )  # fmt: skip


def _rate(terms: Terms, form: TrainForm) -> Block:
    if terms.rate_is_factor:
        example = "times the usual one: 0.5 is half, 2 is twice"
    else:
        example = "such as 0.00001" + (f"; usual there is {terms.rate_default:g}" if terms.rate_default else "")
    rate = "" if form.learning_rate is None else f"{form.learning_rate:g}"
    hint = f"Empty: the usual one. Else a number, {example}. Lower if it writes nonsense, higher if it learns nothing."
    label = "Learning speed (learning rate)"
    return b.asked(label, b.text_input("learning_rate", value=rate, max_length=20), block_id="learning_rate",
                   hint=hint, optional=True)  # fmt: skip


def _suffix(terms: Terms, form: TrainForm) -> Block:
    kinds = f"Up to {terms.longest_suffix} letters, digits and dashes"
    hint = f"{kinds}, to tell your models apart. Empty: the project's name."
    field = b.text_input("suffix", value=form.suffix, max_length=terms.longest_suffix)
    return b.asked("Ending of the model's name", field, block_id="suffix", hint=hint, optional=True)


def _model(offer: TrainOffer, form: TrainForm) -> Block:
    if not offer.choices:
        return _repriced("Another model", b.text_input(Action.TRAIN_MORE, value=form.model, max_length=200), "model",
                         "Leave it empty for the recommended one. Press Enter to see its price.")  # fmt: skip
    options = [b.option(f"{choice.name} at {choice.provider_label}", choice.name) for choice in offer.choices]
    chosen = form.model or offer.model
    return _repriced("Model", b.select(Action.TRAIN_MORE, options, chosen=chosen), "model",
                     "The same frozen texts can be taught to each of these.")  # fmt: skip


def _repriced(label: str, element: Block, field: str, hint: str) -> Block:
    """A field whose change draws the window again, with another price."""
    return b.asked(label, element, block_id=field, hint=hint, optional=True) | {"dispatch_action": True}
