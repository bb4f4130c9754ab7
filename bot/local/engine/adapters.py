"""One base model with tuned adapters beside it, read when they are first asked for and let go when there are many."""

from pathlib import Path
from typing import Any

MOST_ADAPTERS = 4  # kept in memory, unless more are writing at once
BASE = "__base__"  # peft's word for "no adapter" within a batch


class TunedModel:
    """The model that writes. Only the writing thread may use it, except for `forget`."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._names: dict[Path, str] = {}  # in the order of their last use
        self._forgotten: list[Path] = []
        self._read = 0

    def name_of(self, adapter: Path | None) -> str:
        """The name of an adapter within a batch. Raises OSError or ValueError when its weights can't be read."""
        if adapter is None:
            return BASE
        name = self._names.pop(adapter, None) or self._read_weights(adapter)
        self._names[adapter] = name
        return name

    def forget(self, adapter: Path) -> None:
        """Its weights are being deleted: let go of it at the next `tidy` that finds it idle."""
        self._forgotten.append(adapter)

    def tidy(self, busy: set[str]) -> None:
        """Let go of what was forgotten, and of what was not used for longest; never of what is writing."""
        idle = [path for path, name in self._names.items() if name not in busy]
        gone = [path for path in idle if path in self._forgotten]
        kept = [path for path in idle if path not in gone]
        surplus = len(self._names) - len(gone) - MOST_ADAPTERS
        for path in [*gone, *kept[: max(surplus, 0)]]:
            self._drop(path)
        self._forgotten = [path for path in self._forgotten if path in self._names]

    def _read_weights(self, adapter: Path) -> str:
        from peft import PeftModel

        self._read += 1
        name = f"tuned-{self._read}"
        if isinstance(self.model, PeftModel):
            self.model.load_adapter(str(adapter), adapter_name=name)
        else:
            self.model = PeftModel.from_pretrained(self.model, str(adapter), adapter_name=name)
        self.model.eval()
        return name

    def _drop(self, path: Path) -> None:
        """Peft always wants one adapter to be active, so with the last one the model sheds peft itself."""
        name = self._names.pop(path)
        if self._names:
            self.model.set_adapter(next(iter(self._names.values())))
            self.model.delete_adapter(name)
        else:
            self.model = self.model.unload()
