"""What a person does with a mouse that playwright has no word for."""

from __future__ import annotations

from playwright.async_api import Locator


async def drop_file(area: Locator, name: str, content: str) -> None:
    """Drag a CSV file over `area` and let go."""
    await area.evaluate(
        """(area, [name, content]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([content], name, { type: "text/csv" }));
            for (const kind of ["dragenter", "dragover", "drop"])
                area.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        [name, content],
    )
