"""LoRA on the upper layers of a model, with the lower layers' work done once.

The lower two thirds stay as they are and see the same texts in every pass, so what they make of each text is computed
once and kept; training then runs the upper third alone. Losses come out the same, and a step costs less than half.
Architectures that were not checked for this are trained whole.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, Trainer, TrainingArguments
from transformers.utils import logging as transformers_logging

from .jobdir import JobDir, Spec
from .report import Reporter, copy_adapter, last_whole_checkpoint
from .tokens import IGNORED, Tokens, tokenized
from .validate import read_examples

RANK = 8
# Decoders that hand `inputs_embeds` unchanged to their first layer, which the shortcut relies on.
SHORTCUT_KINDS = {"llama", "mistral", "qwen2", "qwen3", "smollm3"}
LEAST_LAYERS = 12  # a smaller model is trained whole
MOST_REMEMBERED = 512 * 2**20  # bytes; beyond that the lower layers run in every pass
Remembered = Mapping[Tokens, torch.Tensor]


def train(job: JobDir) -> None:
    """Train a job from its last whole checkpoint, or from the start, and leave the final adapter in its place."""
    spec = job.read_spec()
    transformers_logging.disable_progress_bar()
    torch.manual_seed(spec.seed)
    tokenizer = AutoTokenizer.from_pretrained(spec.model)
    model = AutoModelForCausalLM.from_pretrained(spec.model, dtype=torch.float32)
    model.config.use_cache = False
    training = _read(tokenizer, job, "training")
    validation = _read(tokenizer, job, "validation") if spec.validation else []
    frozen = frozen_layers(model.config)
    lower = remember_lower_layers(model, frozen, [*training, *validation]) if frozen else {}
    trainer = _trainer(job, spec, get_peft_model(model, lora_config(model, frozen)), lower, training, validation)
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(job))
    copy_adapter(job.adapter(trainer.state.global_step), job.adapter())


def _read(tokenizer: Any, job: JobDir, which: str) -> list[Tokens]:
    path = job.training if which == "training" else job.validation
    with path.open("rb") as file:
        examples = read_examples(file, count_tokens=len, token_limit=2**31, least=1)
    return [tokenized(tokenizer, example) for example in examples]


def _trainer(
    job: JobDir, spec: Spec, model: Any, lower: Remembered, training: list[Tokens], validation: list[Tokens]
) -> "AnswerTrainer":
    reporter = Reporter(
        job,
        steps_per_epoch=math.ceil(len(training) / spec.batch_size),
        tokens_per_epoch=sum(len(text.ids) for text in training),
        validated=bool(validation),
    )
    trainer = AnswerTrainer(
        model=model,
        args=_arguments(job, spec),
        train_dataset=training,
        eval_dataset=validation or None,
        data_collator=lambda texts: collate(texts, lower),
        callbacks=[reporter],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(job: JobDir, spec: Spec) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(job.resumable),
        per_device_train_batch_size=spec.batch_size,
        per_device_eval_batch_size=max(spec.batch_size, 4),
        num_train_epochs=spec.n_epochs,
        learning_rate=spec.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=3,
        logging_steps=1,
        eval_strategy="epoch" if spec.validation else "no",
        save_strategy="epoch",
        save_total_limit=2,
        seed=spec.seed,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to=[],
    )


def frozen_layers(config: Any) -> int:
    """How many lower layers are left as they are."""
    layers = int(config.num_hidden_layers)
    return layers - layers // 3 if config.model_type in SHORTCUT_KINDS and layers >= LEAST_LAYERS else 0


def lora_config(model: Any, frozen: int) -> LoraConfig:
    """LoRA on all linear maps of the layers that are trained."""
    common = {"r": RANK, "lora_alpha": 2 * RANK, "task_type": "CAUSAL_LM"}
    if not frozen:
        return LoraConfig(target_modules="all-linear", **common)
    layers = model.model.layers
    linear = (name for name, part in layers[-1].named_modules() if isinstance(part, torch.nn.Linear))
    kinds = sorted({name.rpartition(".")[2] for name in linear})
    return LoraConfig(target_modules=kinds, layers_to_transform=list(range(frozen, len(layers))), **common)


class PassOn(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """Stands where a layer was whose work is done already."""

    def forward(self, hidden: torch.Tensor, **_: Any) -> torch.Tensor:
        """What comes in goes out."""
        return hidden


def remember_lower_layers(model: Any, frozen: int, texts: Sequence[Tokens]) -> Remembered:
    """What the lower layers make of each text; from now on the model runs its upper layers only.

    Nothing is remembered, and the model stays whole, when it would take too much memory.
    """
    decoder = model.model
    if sum(len(text.ids) for text in texts) * decoder.config.hidden_size * 4 > MOST_REMEMBERED:
        return {}
    layers, norm = decoder.layers, decoder.norm
    decoder.layers, decoder.norm = layers[:frozen], torch.nn.Identity()
    with torch.inference_mode():
        remembered = {text: decoder(input_ids=torch.tensor([text.ids])).last_hidden_state[0] for text in texts}
    passing = [PassOn() for _ in range(frozen)]
    decoder.layers, decoder.norm = torch.nn.ModuleList([*passing, *layers[frozen:]]), norm
    return remembered


def collate(texts: Sequence[Tokens], lower: Remembered) -> dict[str, torch.Tensor]:
    """A batch, padded on the left, so that all answers end at the same column."""
    width = max(len(text.ids) for text in texts)
    pads = [width - len(text.ids) for text in texts]
    mask = torch.tensor([[0] * pad + [1] * len(text.ids) for pad, text in zip(pads, texts, strict=True)])
    batch = {
        "attention_mask": mask,
        "position_ids": (mask.cumsum(dim=1) - 1).clamp(min=0),
        "labels": torch.tensor([[IGNORED] * pad + [*text.labels] for pad, text in zip(pads, texts, strict=True)]),
    }
    if lower:
        rows = [torch.nn.functional.pad(lower[text], (0, 0, pad, 0)) for pad, text in zip(pads, texts, strict=True)]
        return {**batch, "inputs_embeds": torch.stack(rows)}
    return {
        **batch,
        "input_ids": torch.tensor([[0] * pad + [*text.ids] for pad, text in zip(pads, texts, strict=True)]),
    }


def answer_scores(model: Any, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores and true tokens at all places that are to be learned. Columns before the first answer are not scored."""
    labels = inputs["labels"]
    first = int((labels != IGNORED).any(dim=0).nonzero()[0])
    kept = labels.shape[1] - first + 1
    given = {name: value for name, value in inputs.items() if name != "labels"}
    scores = model(**given, logits_to_keep=kept).logits[:, :-1]
    wanted = labels[:, first:]
    learned = wanted != IGNORED
    return scores[learned].float(), wanted[learned]


class AnswerTrainer(Trainer):  # type: ignore[misc, unused-ignore]
    """Learns the answers only, and tells what share of their tokens it would have written."""

    accuracy = 0.0
    control: Any

    def compute_loss(self, model: Any, inputs: dict[str, torch.Tensor], *_: Any, **__: Any) -> torch.Tensor:
        """The mean over all tokens of the batch's answers."""
        scores, wanted = answer_scores(model, inputs)
        self.accuracy = float((scores.argmax(dim=-1) == wanted).float().mean())
        return torch.nn.functional.cross_entropy(scores, wanted)

    def log(self, logs: dict[str, float], *more: Any, **named: Any) -> None:
        """Add the accuracy to what is logged."""
        super().log({**logs, "accuracy": self.accuracy} if "loss" in logs else logs, *more, **named)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Loss and accuracy over the tokens of all validation answers."""
        loss = right = count = 0.0
        self.model.eval()
        with torch.inference_mode():
            for inputs in self.get_eval_dataloader():
                scores, wanted = answer_scores(self.model, self._prepare_inputs(inputs))
                loss += float(torch.nn.functional.cross_entropy(scores, wanted, reduction="sum"))
                right += float((scores.argmax(dim=-1) == wanted).sum())
                count += len(wanted)
        metrics = {"eval_loss": loss / count, "eval_accuracy": right / count}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics
