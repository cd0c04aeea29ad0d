"""Templates hold no code of their own, trust no text, and speak through gettext."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.tree import PACKAGES, ROOT, TEMPLATES, modules, name_of, tree_of

each_template = pytest.mark.parametrize("template", TEMPLATES, ids=name_of)

INLINE = re.compile(
    r"""\sstyle=|<style|\son[a-z]+=|javascript:|\shx-on|<script(?![^>]*(?:\ssrc=|json"))""", re.IGNORECASE
)
IN_MAILS = re.compile(r"<style|\son[a-z]+=|javascript:|<script|<link|<img", re.IGNORECASE)
"""A mail has its style inline, as mail clients want it; it runs nothing and fetches nothing."""
JSON = re.compile(r"<script[^>]*json.*?</script>", re.DOTALL)
COMMENT = re.compile(r"{#.*?#}|{% comment.*?%}.*?{% endcomment %}|<!--.*?-->", re.DOTALL)
HTMX = re.compile(r'\s(hx-[\w:-]+)="([^"]*)"')
VARIABLE = re.compile(r"{{\s*(.*?)\s*}}")
CODE = re.compile(r"(?<=<code>).*?(?=</code>)", re.DOTALL)
"""What a machine reads, such as a header: it is written the same in every language."""

TRUSTED = {
    "templates/mfa/totp/activate_form.html: totp_svg|safe": "drawn here, from a secret made here",
    "templates/_fields.html: field.help_text|safe": "a form's own text; Django's password rules are a list",
}
"""What is written without escaping, and why."""

IN_HTMX = {
    ("hx-get", "url"): "an address made by {% querystring %} or {% url %}",
    ("hx-get", "address"): "an address made by {% url %}",
    ("hx-get", "kept"): "a query made by {% querystring %}",
    ("hx-get", "licence.type.code"): "a slug of the price list",
    ("hx-get", "item.url"): "an address made by reverse()",
    ("hx-get", "request.path"): "the page's own address",
    ("hx-get", "request.get_full_path"): "the page's own address, with its query",
    ("hx-post", "cancelling"): "an address made by {% url %}",
    ("hx-post", "retrying"): "an address made by {% url %}",
    ("hx-post", "kept"): "a query made by {% querystring %}",
    ("hx-get", "bulletin.address"): "an address made by reverse(), with numbers",
    ("hx-trigger", "bulletin.seconds"): "a number of ours",
    ("hx-target", "list"): "the id of the list, said by the template that includes this one",
    ("hx-indicator", "list"): "the id of the list, said by the template that includes this one",
}
"""Variables in attributes that HTMX acts on, and why no user's text can be in them."""

NAMES = {"SuperOffice"}
"""What is called the same in every language."""


def source(template: Path) -> str:
    return COMMENT.sub("", template.read_text())


@each_template
def test_there_is_no_inline_script_or_style(template: Path) -> None:
    forbidden = IN_MAILS if template.parent.name == "mail" else INLINE

    assert forbidden.findall(source(template)) == []


@each_template
def test_each_form_that_posts_carries_its_own_token(template: Path) -> None:
    forms = re.findall(r"<form\b.*?</form>", source(template), re.DOTALL)
    posting = [form for form in forms if re.search(r'method="post"|hx-(post|put|patch|delete)=', form, re.IGNORECASE)]

    assert [form for form in posting if "{% csrf_token %}" not in form] == []


@each_template
def test_the_body_gives_its_headers_to_nobody(template: Path) -> None:
    """A token that stands on the body would go along with whatever was injected below it."""
    assert "hx-headers" not in source(template)


@each_template
def test_what_posts_by_htmx_posts_without_it_too(template: Path) -> None:
    tags = re.findall(r"<[a-z]+\b[^>]*\shx-(?:get|post|put|patch|delete)=[^>]*>", source(template))

    assert [tag for tag in tags if not re.search(r"\s(href|action)=|\shidden\b", tag)] == []


def htmx_variables() -> set[tuple[str, str]]:
    return {
        (attribute, variable)
        for template in TEMPLATES
        for attribute, value in HTMX.findall(source(template))
        for variable in VARIABLE.findall(value)
    }


def test_what_htmx_acts_on_is_never_a_users_text() -> None:
    assert htmx_variables() - IN_HTMX.keys() == set()


def test_each_variable_for_htmx_is_still_used() -> None:
    assert IN_HTMX.keys() - htmx_variables() == set()


def unescaped() -> Iterator[str]:
    for template in TEMPLATES:
        text = source(template)
        yield from (f"{name_of(template)}: {variable}" for variable in VARIABLE.findall(text) if "|safe" in variable)
        yield from (f"{name_of(template)}: {tag}" for tag in re.findall(r"{% (autoescape off|filter safe)", text))


def test_nothing_is_written_without_escaping() -> None:
    assert set(unescaped()) - TRUSTED.keys() == set()


def test_each_trusted_text_is_still_there() -> None:
    assert TRUSTED.keys() - set(unescaped()) == set()


def test_code_makes_html_by_format_html_only_and_from_a_literal() -> None:
    calls = [
        (name_of(path), node)
        for path in modules(*PACKAGES)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    trusting = [f"{name}: {ast.unparse(call)}" for name, call in calls if call.func.id in {"mark_safe", "SafeString"}]
    built = [
        f"{name}: {ast.unparse(call)}"
        for name, call in calls
        if call.func.id == "format_html" and not (len(call.args) > 1 and isinstance(call.args[0], ast.Constant))
    ]

    assert trusting + built == []


def untranslated(text: str) -> list[str]:
    """The words that a person sees and that gettext does not."""
    text = CODE.sub("", JSON.sub("", text))
    text = re.sub(r"{% blocktrans(late)?\b.*?{% endblocktrans(late)? %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    spoken = re.findall(r'\s(?:aria-label|title|placeholder|alt|value)="([^"]*)"', text)
    seen = re.sub(r"<[^>]*>|&\w+;", " ", text)
    return [word for part in (seen, *spoken) for word in re.findall(r"[^\W\d_]{2,}", part) if word not in NAMES]


@each_template
def test_what_a_person_reads_goes_through_gettext(template: Path) -> None:
    assert untranslated(source(template)) == []


def test_the_guards_notice_what_they_look_for() -> None:
    assert all(INLINE.findall(inline) for inline in ('<p style="x">', "<a onclick=x>", "<script>x</script>", "<style>"))
    assert not INLINE.findall("<script src=\"{% static 'app.js' %}\" defer></script>")
    assert untranslated('<p title="Read me">Hello {{ name }}</p>{% translate "fine" %}') == ["Hello", "Read", "me"]
    assert untranslated("<p>See <code>Retry-After: 5</code> there</p>") == ["See", "there"]
    assert (ROOT / "templates").is_dir()
