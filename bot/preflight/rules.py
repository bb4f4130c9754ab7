"""Every finding there is: its code, whether it stops a file, what it means, how it is mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error makes a provider refuse the file, or must not be uploaded; a warning makes a worse model."""

    ERROR = "error"
    WARNING = "warning"


class Remedy(StrEnum):
    """What helps: a changed text, a line less, or a person who says that it is meant so."""

    FIX = "fix"
    DROP = "drop"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Rule:
    """One code. `says` and `example` stand in the documentation, `fix` in every finding."""

    code: str
    severity: Severity
    remedy: Remedy
    says: str
    example: str
    fix: str


def _error(code: str, says: str, example: str, fix: str, remedy: Remedy = Remedy.FIX) -> Rule:
    return Rule(code, Severity.ERROR, remedy, says, example, fix)


def _warning(code: str, says: str, example: str, fix: str, remedy: Remedy = Remedy.FIX) -> Rule:
    return Rule(code, Severity.WARNING, remedy, says, example, fix)


CONVERT = "Run `tunesmith dataset convert` on it; it writes one object a line."

THE_FILE = (
    _error("empty_file", "The file holds no example.", "(0 bytes)", "Export it again, or choose another file."),
    _error(
        "file_too_large", "The file is larger than 512 MB.", "(600 MB)", "Keep the best examples and drop the rest."
    ),
    _error("compressed", "The file is packed.", "train.jsonl.gz", "Unpack it; providers take plain JSONL."),
    _error("not_jsonl", "A table, workbook or archive, not JSON.", "prompt,completion", CONVERT),
    _error("json_array", "One list instead of one object a line.", '[{"messages": ...}, ...]', CONVERT),
    _error("spread_json", "Objects spread over several lines.", '{⏎  "messages": ...', CONVERT),
    _error("too_few_examples", "Fewer than 10 examples.", "(9 lines)", "Add examples: 10 at least, 50 to 100 to help."),
    _warning("few_examples", "Fewer than 50 examples.", "(20 lines)", "Fine for a trial; 50 to 100 start to help."),
    _warning("bom", "The file begins with a byte order mark.", "EF BB BF", "Save it as UTF-8 without a mark."),
    _warning(
        "crlf", "Lines end as on Windows.", "{...}\\r\\n", "Save it with Unix line ends; most trainers take both."
    ),
)

THE_LINE = (
    _error("not_utf8", "Bytes that are not UTF-8.", "caf\\xe9", "Save the file as UTF-8."),
    _warning("blank_line", "A line without anything on it.", "(blank)", "Delete the line.", Remedy.DROP),
    _error("line_too_large", "A line of more than 16 MB.", '{"messages": ...', "Shorten or drop it.", Remedy.DROP),
    _error("invalid_json", "The line is not JSON.", '{"messages": [}', "Write the line again, best with a program."),
    _error("trailing_comma", "A comma before a closing bracket.", '{"a": 1,}', "Delete the comma."),
    _error("comma_between_lines", "A comma after the object.", "{...},", "Delete the comma: lines stand alone."),
    _error("single_quotes", "Quotes as in Python.", "{'prompt': 'a'}", "Write it with json.dumps, not with print."),
    _error("curly_quotes", "Typographic quotes around names.", "{“prompt”: “a”}", "Use straight double quotes."),
    _error("glued_objects", "Several objects on one line.", "{...}{...}", "Put each object on a line of its own."),
    _error("cut_off", "The line ends in the middle.", '{"messages": [{"ro', "Export or copy it again."),
    _error("not_an_object", "JSON, but no object.", '"hello"', 'Write {"messages": [...]}.'),
    _error(
        "wrong_format",
        "An object of no known shape.",
        '{"instruction": ...}',
        "Run `tunesmith dataset convert --to chat`.",
    ),
    _error("mixed_formats", "A shape other than the first line's.", '{"prompt": ...}', "Keep one format a file."),
    _warning("extra_keys", "Names that trainers do not know.", '{"messages": ..., "id": 7}', "Leave them out."),
)

THE_CHAT = (
    _error("no_messages", "`messages` is missing or no list.", '{"messages": "hello"}', 'Write "messages": [...].'),
    _error(
        "empty_messages", "The list of messages is empty.", '{"messages": []}', "Add the turns or drop it.", Remedy.DROP
    ),
    _error("message_not_object", "A message that is no object.", '["hello"]', 'Write {"role": ..., "content": ...}.'),
    _error("unknown_role", "A role that there is not.", '"role": "bot"', "Use system, user, assistant or tool."),
    _error("no_assistant", "Nobody answers.", "(user only)", "Add the answer or drop the line.", Remedy.DROP),
    _error(
        "last_not_assistant", "The last word is not the assistant's.", "..., user", "Cut what follows the last answer."
    ),
    _warning("no_user", "Nobody asks.", "system, assistant", "Add the prompt the answer belongs to."),
    _warning(
        "wrong_order", "Turns in an unusual order.", "user, user, assistant", "Let user and assistant take turns."
    ),
    _error("content_missing", "A message without content.", '{"role": "user"}', "Add the text."),
    _error("content_not_text", "Content that is no text.", '"content": 5', "Write the content as a text."),
    _error("empty_content", "A text with nothing in it.", '"content": " "', "Write the text or drop it.", Remedy.DROP),
    _error("bad_weight", "A weight other than 0 and 1.", '"weight": 0.5', "Use 1 (learn it) or 0 (do not)."),
    _warning("weight_misplaced", "A weight on what is never learned.", '"role": "user", "weight": 1', "Leave it out."),
    _error("nothing_to_learn", "Every answer has the weight 0.", '"weight": 0', "Give one answer the weight 1."),
    _error(
        "bad_tool_call", "A tool call that cannot be read.", '"arguments": "{"', "Give id, name and arguments as JSON."
    ),
    _error(
        "tool_answer_lost", "A tool's answer to no call.", '"role": "tool"', "Put it right after its call, with its id."
    ),
    _warning("unknown_tool", "A call of a tool that is not declared.", '"name": "serach"', "Declare it under `tools`."),
)

OTHER_FORMS = (
    _error(
        "bad_input",
        "`input` does not end with a question.",
        '"input": "hello"',
        'Write "input": {"messages": [..., user]}.',
    ),
    _error("bad_output", "An output is not one answer.", '"preferred_output": []', "Give one assistant message each."),
    _error(
        "same_outputs", "Both outputs are the same.", '"a" and "a"', "Drop it: there is nothing to prefer.", Remedy.DROP
    ),
    _error("bad_prompt", "`prompt` is missing or no text.", '{"completion": "b"}', "Add the prompt as a text."),
    _error("bad_completion", "`completion` is missing or no text.", '{"prompt": "a"}', "Add the answer as a text."),
    _warning(
        "uneven_start", "Some completions begin with a blank, some not.", '" a" and "a"', "Begin all of them alike."
    ),
)

THE_TEXT = (
    _error("too_long", "Longer than the model can take in.", "(70,000 tokens)", "Shorten it or drop it.", Remedy.DROP),
    _error("special_tokens", "A model's own control words.", "<|im_end|>", "Take them out of the text."),
    _warning("template_markup", "Left-over markup of a chat template.", "[INST] ... [/INST]", "Take it out."),
    _error("secret", "A key or password.", "AKIA...", "Take it out, and replace the key: it has been around."),
    _warning("personal_data", "E-mail, phone, card, account or identity numbers.", "ann@shop.com", "Take it out."),
    _warning("placeholder", "A gap nobody filled.", "Buy [product name]", "Fill it in."),
    _warning(
        "refusal", "The answer refuses.", "As an AI language model, I ...", "Write the answer you want.", Remedy.DROP
    ),
    _warning("control_characters", "Invisible control characters.", "\\u0007", "Take them out."),
    _warning("mojibake", "Characters broken by a wrong encoding.", "cafÃ©", "Repair the text."),
    _warning("edge_blanks", "An answer with blanks around it.", '" A text. "', "Cut them off."),
    _warning(
        "wrong_language", "Another language than the rest.", "Une belle lampe.", "Translate or drop it.", Remedy.DROP
    ),
    _warning("house_rule", "A rule of the house style is broken.", '"cheap" is never said', "Edit the text."),
    _warning("unsupported_claim", "Said, but not in the sources.", "100 % leather", "Take it out or mend the source."),
    _warning("origin", "The text comes from where it may not be used.", "typed in Slack", "Drop it.", Remedy.DROP),
)

TOGETHER = (
    _warning("duplicate", "The same example twice.", "(twice)", "Drop one of the two.", Remedy.DROP),
    _warning(
        "near_duplicate",
        "Nearly the same as an earlier one.",
        "(one word differs)",
        "Drop one of the two.",
        Remedy.DROP,
    ),
    _warning(
        "conflicting_answers", "One prompt, several answers.", "A: yes. A: no.", "Keep the better one.", Remedy.DROP
    ),
    _warning("repeated_answer", "One answer to several prompts.", "(same text)", "Say what is different.", Remedy.KEEP),
    _warning("inconsistent_system", "Several system prompts.", '"Be brief." and "Be kind."', "Use one.", Remedy.KEEP),
    _warning("held_out_leak", "Also in the validation file.", "(in both files)", "Drop it from one.", Remedy.DROP),
)

RULES = {rule.code: rule for rule in (*THE_FILE, *THE_LINE, *THE_CHAT, *OTHER_FORMS, *THE_TEXT, *TOGETHER)}


def documentation() -> str:
    """The table of all codes in Markdown."""
    head = "| code | stops? | what it means | for example | what helps |\n|---|---|---|---|---|\n"
    return head + "".join(_row(rule) for rule in RULES.values())


def _row(rule: Rule) -> str:
    stops = "yes" if rule.severity is Severity.ERROR else "no"
    cells = (f"`{rule.code}`", stops, rule.says, f"`` {rule.example} ``", rule.fix)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
