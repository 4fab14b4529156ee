"""Two hundred hostile names and values, and a reader that finds where a page would obey one of them."""

from __future__ import annotations

from html.parser import HTMLParser

_SCRIPT = (
    "<script>window.__x=1</script>", "</script><script>window.__x=1</script>", "<img src=x:x onerror=window.__x=1>",
    "<svg/onload=window.__x=1>", "<svg><script>window.__x=1</script></svg>", "<body onload=window.__x=1>",
    "<iframe srcdoc='<script>parent.__x=1</script>'></iframe>", "<a href=javascript:window.__x=1>x</a>",
    '<a href="jav&#x09;ascript:window.__x=1">x</a>', "<math><mi//xlink:href='data:x,<script>window.__x=1</script>'>",
    "<details open ontoggle=window.__x=1>", "<input autofocus onfocus=window.__x=1>", "<style>*{display:none}</style>",
    "<base href=//evil.example>", "<form action=//evil.example><button>x</button></form>", "<!-- x", "]]>", "<plaintext>",
    "'-window.__x=1-'", '"-window.__x=1-"', "`${window.__x=1}`", "${window.__x=1}", "{{ 7 }}", "{% debug %}", "{{settings}}",
    "javascript:window.__x=1", "data:text/html,<script>window.__x=1</script>", "\u2028window.__x=1//", "__proto__",
    "constructor", "&lt;script&gt;window.__x=1&lt;/script&gt;", "<b>bold</b>", "<table><tr><td>", "--accent", "%s%n%p", "$&$1",
)  # fmt: skip
_SHEET = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://evil.example","x")', "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1",
    "＋1", "－1", "＠A1", "=cmd|' /C calc'!A0", '"=1+1"', "a;=1+1", "a,=1+1", "a\n=1+1", "'=1+1", " =1+1", "\ufeff=1+1",
)  # fmt: skip
_LETTERS = (
    "\u202eevil", "\u2066\u202e\u2069x", "עברית", "العربية", "\u202e=1+1", "Zoe\u0301", "İstanbul", "ΐΰ", "张伟", "नमस्ते", "👩‍👩‍👧‍👦" * 40, "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "Z" + "\u0301" * 150, "\u200b\u200bx", "\u00ada\u00adb", "﷽", "ﬃ", "Ｆｕｌｌ", "x" * 10_000, "wide " * 2_000, "x" * 500,
    "\U0010ffff", "\ufffe", "\u0085a", "a\vb\fc", "\x1b[31mred", "\x07bell", "NULL", "null", "undefined", "NaN", "true", "0", "-0",
    "1e999", "' OR 1=1 --", "'; DROP TABLE crm_contact; --", "../../etc/passwd", "..\\..\\x", "C:\\x", "a/b?c#d&e=f", "%00", "%2e%2e",
    "%0d%0aSet-Cookie: x=1", "a\r\nSet-Cookie: x=1", "<" * 60, '"' * 60, "'" * 60, "\\" * 60, "|" * 60, "~", "-", ".", ",", ";", "#",
)  # fmt: skip
_AROUND = ('a"{}', "a'>{}", "</textarea>{}", "{}<!--")
VALUES = (*_SCRIPT, *_SHEET, *_LETTERS, *(around.format(text) for text in _SCRIPT[:22] for around in _AROUND))
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Read(HTMLParser):
    """What a browser makes of a page: its texts, and everything in it that would act by itself."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.acting: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = (value or "").strip().lower().startswith(("javascript:", "data:", "//"))
            if name.startswith("on") or name == "style" or (leads and name in ("href", "src", "action")):
                self.acting.append(f"{tag} {name}={value}")
            self.texts.append(value or "")
        if tag in ("math", "object", "embed", "base", "img", "style", "marquee", "plaintext"):
            self.acting.append(tag)
        found = dict(attrs)
        if tag == "iframe" and "srcdoc" in found:
            self.acting.append("iframe with a page of its own")
        if tag == "script" and not found.get("src") and found.get("type") != "application/json":
            self.acting.append("inline script")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
