"""Where the base model comes from: a directory, the starter model, or the Hugging Face hub."""

from pathlib import Path

from . import fetch, names
from .fetch import Progress


class ModelSource:
    """Brings the named model here when called, and tells meanwhile how far it is."""

    def __init__(self, model: str) -> None:
        self._model = model
        self.progress = Progress("load", 0, "Loading the model.")

    @property
    def wire_name(self) -> str:
        """What clients call the model."""
        return names.wire_name(str(Path(self._model).resolve()) if Path(self._model).is_dir() else self._model)

    def __call__(self) -> Path:
        """The model's directory. Raises FetchError, or what the hub's client raises."""
        if Path(self._model).is_dir():
            return Path(self._model).resolve()
        found = fetch.ensure_starter(self._heard) if self._model == fetch.STARTER else self._from_hub()
        self.progress = Progress("load", 100, "Loading the model.")
        return found

    def _heard(self, progress: Progress) -> None:
        self.progress = progress

    def _from_hub(self) -> Path:
        from huggingface_hub import snapshot_download

        self.progress = Progress("download", 0, f"Downloading {self._model} from the Hugging Face hub.")
        return Path(
            snapshot_download(self._model, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"])
        )
