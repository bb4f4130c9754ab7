"""Every action and callback id. `noun.verb`; values and metadata carry ids only."""

from __future__ import annotations

from enum import StrEnum


class Command(StrEnum):
    TUNE = "/tune"


class Action(StrEnum):
    """Buttons, menus and inputs that send `block_actions`."""

    # project and home
    PROJECT_NEW = "project.new"
    PROJECT_NEXT = "project.next"  # shows the card of where it stands
    PROJECT_PEOPLE = "project.people"
    PROJECT_MOVE = "project.move"
    HELP = "help.show"
    # catalog
    CATALOG_ADD = "catalog.add"
    CATALOG_YES = "catalog.yes"
    CATALOG_NO = "catalog.no"
    CATALOG_NEVER = "catalog.never"
    CATALOG_USE = "catalog.use"
    CATALOG_FIX = "catalog.fix"
    CATALOG_CANCEL = "catalog.cancel"
    CATALOG_SPLIT = "catalog.split"  # one text per value, or one per product
    CATALOG_VERSION = "catalog.version"  # take it as a new version
    CATALOG_OTHER = "catalog.other"  # take it as another project
    CATALOG_FOLD = "catalog.fold"  # several rows are one product, or every row is one
    CATALOG_RETRY = "catalog.retry"  # download and read it once more
    CATALOG_CLOSER = "catalog.closer"  # what is new, changed and gone in a new version
    CATALOG_AGAIN = "catalog.again"  # go back to a version that was in use before
    CATALOG_RESPLIT = "catalog.resplit"  # as catalog.split, for a catalog in use
    # style, template, prompts
    STYLE_OPEN = "style.open"
    TEMPLATE_OPEN = "template.open"
    TEMPLATE_PREVIEW = "template.preview"
    TEMPLATE_TEXT = "template.text"
    PROMPTS_SHOW = "prompts.show"
    PROMPTS_SIGN = "prompts.sign"
    PROMPTS_MORE = "prompts.more"
    PROMPTS_BY = "prompts.by"  # the column that the ten are sampled by
    PROMPTS_CLOSER = "prompts.closer"
    TEMPLATE_ADD = "template.add"  # on a card, or in the template's window
    TEMPLATE_OTHER = "template.other"  # change, remove or put first one of several
    TEMPLATE_STARTER = "template.starter"
    TEMPLATE_TAKE = "template.take"  # from another project
    STYLE_TAKE = "style.take"
    # writing
    WRITE_TRY = "write.try"
    WRITE_MORE = "write.more"
    WRITE_EXISTING = "write.existing"  # review the texts we already have
    WRITE_STOP = "write.stop"
    # review
    REVIEW_APPROVE = "review.approve"
    REVIEW_EDIT = "review.edit"
    REVIEW_REJECT = "review.reject"
    REVIEW_AGAIN = "review.again"
    REVIEW_OWN = "review.own"
    REVIEW_UNDO = "review.undo"
    REVIEW_OBJECT = "review.object"
    REVIEW_FULL = "review.full"
    REVIEW_NEXT = "review.next"
    REVIEW_HISTORY = "review.history"  # every version of a text with its word diff
    REVIEW_KEEP_OLD = "review.keep_old"  # the text before it was written again takes its place back
    STYLE_FROM_HINT = "style.from_hint"  # the house style's window with a hint that people keep giving
    REVIEW_SETTLE = "review.settle"  # opens what people disagree about
    REVIEW_CHOOSE = "review.choose"  # an adjudicator's choice among the versions
    REVIEW_REST = "review.rest"  # approve the rest: opens its confirmation
    REVIEW_REST_UNDO = "review.rest_undo"
    AGREEMENT_SHOW = "agreement.show"  # the texts that people see differently
    AGREEMENT_FILE = "agreement.file"  # the figures, by direct message
    PAUSE = "remind.pause"  # no digest and no reminders until Monday
    PAUSE_END = "remind.resume"
    REMIND_NEVER = "remind.never"
    REMIND_AGAIN = "remind.again"
    # deletion
    DELETION_OPEN = "deletion.open"  # what goes, and the confirmation by typing
    DELETION_RETRY = "deletion.retry"  # ask the providers once more
    DELETION_KEEP = "deletion.keep"  # a project that is old shall stay
    # dataset, tuning, evaluation
    DATASET_FREEZE = "dataset.freeze"
    DATASET_FEW_SHOT = "dataset.few_shot"
    DATASET_FREEZE_ON = "dataset.freeze_on"  # freeze although something was found
    DATASET_CLOSER = "dataset.closer"  # a version's lines, and what is new in it
    DATASET_CLOSER_PAGE = "dataset.closer_page"
    DATASET_SPLIT_BY = "dataset.split_by"  # the column that both sides get the same mixture of
    CHECK_OPEN = "check.open"  # what was found before a freeze
    CHECK_KIND = "check.kind"  # one kind of it
    CHECK_KEEP = "check.keep"
    CHECK_DROP = "check.drop"
    CHECK_FIX = "check.fix"
    CHECK_EDIT = "check.edit"
    CHECK_ALL = "check.all"  # the same for all of a kind
    CHECK_UNDO = "check.undo"
    PAIRS_OPEN = "pairs.open"  # import pairs
    TRAIN_OPEN = "train.open"
    TRAIN_MORE = "train.more"  # in the window: shows what stands under *More*
    TRAIN_CANCEL = "train.cancel"
    TRAIN_TELL_ME = "train.tell_me"
    TRAIN_RETRY = "train.retry"  # the window again, filled in with what mends a failure
    TRAIN_ELSEWHERE = "train.elsewhere"  # the same frozen texts, another model
    TRAIN_DROP = "train.drop"  # a version without one line, then the window
    # tuned models
    TUNED_USE = "tuned.use"
    TUNED_BACK = "tuned.back"
    TUNED_RETIRE = "tuned.retire"
    TUNED_START = "tuned.start"
    TUNED_STOP = "tuned.stop"
    TUNED_NAME = "tuned.name"  # asks for the name of a deployment made by hand
    TRY_MODEL = "model.try"
    # blind comparison
    COMPARE_OPEN = "compare.open"  # offers one, or shows the next pair of the one that is open
    COMPARE_NEXT = "compare.next"  # the next pair for this person
    COMPARE_VOTE = "compare.vote"  # with the answer: `compare.vote:a`
    COMPARE_BACK = "compare.back"  # the pair judged before
    COMPARE_END = "compare.end"
    COMPARE_FLIPS = "compare.flips"
    COMPARE_ROUNDS = "compare.rounds"
    COMPARE_EXAMPLES = "compare.examples"  # write with examples instead of the tuned model
    COMPARE_RETRY = "compare.retry"
    FINISH_OPEN = "finish.open"
    FINISH_FILES = "finish.files"  # the table once more, with what was corrected since
    # money
    MONEY_SHOW = "money.show"
    MONEY_BUDGET = "money.budget"  # opens the window of a project's budget
    MONEY_YES = "money.yes"  # a second person's answer to an order above the threshold
    MONEY_NO = "money.no"
    SPOT_OPEN = "spot.open"  # look at some of the texts that nobody has read
    SPOT_EDIT = "spot.edit"
    SPOT_REJECT = "spot.reject"
    SPOT_SKIP = "spot.skip"


class Callback(StrEnum):
    """Modals and shortcuts."""

    IMPORT_MESSAGE = "import_catalog"
    PROJECT_NEW = "project.new"
    PROJECT_PEOPLE = "project.people"
    CATALOG_ADD = "catalog.add"
    CATALOG_FIX = "catalog.fix"
    STYLE = "style.save"
    TEMPLATE = "template.save"
    TEMPLATE_NEXT = "template.save_next"  # a further template's window
    PROMPTS_CLOSER = "prompts.closer"
    REVIEW_EDIT = "review.edit"
    REVIEW_REJECT = "review.reject"
    REVIEW_AGAIN = "review.again"
    REVIEW_OWN = "review.own"
    REVIEW_OBJECT = "review.object"
    REVIEW_FULL = "review.full"
    REVIEW_REST = "review.rest"
    SETTINGS = "settings.save"
    DELETION = "deletion.confirm"
    DATASET_CLOSER = "dataset.closer"
    CHECK = "check.done"
    CHECK_EDIT = "check.edit"
    PAIRS = "pairs.import"
    TRAIN = "train.start"
    TUNED_NAME = "tuned.named"
    FINISH = "finish.start"
    MONEY_BUDGET = "money.budget"
    SPOT_GOOD = "spot.good"
    SPOT_EDIT = "spot.edit"
    SPOT_REJECT = "spot.reject"
    COMPARE = "compare.start"
