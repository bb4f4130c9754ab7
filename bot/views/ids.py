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
    CATALOG_RETRY = "catalog.retry"  # download and read it once more
    # style, template, prompts
    STYLE_OPEN = "style.open"
    TEMPLATE_OPEN = "template.open"
    TEMPLATE_PREVIEW = "template.preview"
    TEMPLATE_TEXT = "template.text"
    PROMPTS_SHOW = "prompts.show"
    PROMPTS_SIGN = "prompts.sign"
    PROMPTS_MORE = "prompts.more"
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
    # dataset, tuning, evaluation
    DATASET_FREEZE = "dataset.freeze"
    DATASET_FEW_SHOT = "dataset.few_shot"
    TRAIN_OPEN = "train.open"
    TRAIN_MORE = "train.more"  # in the window: shows what stands under *More*
    TRAIN_CANCEL = "train.cancel"
    TRAIN_TELL_ME = "train.tell_me"
    TRY_MODEL = "model.try"
    FINISH_OPEN = "finish.open"


class Callback(StrEnum):
    """Modals and shortcuts."""

    IMPORT_MESSAGE = "import_catalog"
    PROJECT_NEW = "project.new"
    PROJECT_PEOPLE = "project.people"
    CATALOG_ADD = "catalog.add"
    CATALOG_FIX = "catalog.fix"
    STYLE = "style.save"
    TEMPLATE = "template.save"
    REVIEW_EDIT = "review.edit"
    REVIEW_REJECT = "review.reject"
    REVIEW_AGAIN = "review.again"
    REVIEW_OWN = "review.own"
    REVIEW_OBJECT = "review.object"
    REVIEW_FULL = "review.full"
    TRAIN = "train.start"
    FINISH = "finish.start"
