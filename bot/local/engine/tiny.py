"""A very small random model, made in about a second: it writes nonsense but learns, which is what tests need."""

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SAMPLE = [
    "Write a description of Garden Hose, mention green and ten metres",
    "Meet the kettle. It sings a little, and it means well.",
    "system user assistant",
]


def make_tiny_model(into: Path, *, layers: int = 2, hidden: int = 64, context: int = 512) -> Path:
    """Write a transformers directory with a random Llama of that size and a byte-level tokenizer; returns `into`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        initializer_range=0.3,  # with the usual 0.02 every score is nearly zero and nothing can be learned
        bos_token_id=tokenizer.convert_tokens_to_ids(SPECIAL[0]),
        eos_token_id=tokenizer.convert_tokens_to_ids(SPECIAL[2]),
        pad_token_id=tokenizer.convert_tokens_to_ids(SPECIAL[0]),
    )
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(into)
    tokenizer.save_pretrained(into)
    return into


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    core.train_from_iterator(
        SAMPLE, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token=SPECIAL[2], pad_token=SPECIAL[0], chat_template=TEMPLATE
    )
