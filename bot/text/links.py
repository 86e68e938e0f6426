"""Links to code, data and project pages in the text of a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.domain.papers import Link, LinkKind

#: Addresses with ``http(s)://``, and without it only where the host alone says that a path is meant.
_URL = re.compile(
    r"""
      https?://[^\s<>"“”‘’{}|\\^`\[\]]+
    | (?<![\w@./-])(?:www\.)?
      (?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|huggingface\.co|kaggle\.com|zenodo\.org|osf\.io|[\w-]+\.github\.io)
      (?:/[^\s<>"“”‘’{}|\\^`\[\]]*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: Host (and its subdomains) -> how many parts of a path name something there.
_CODE_HOSTS = {"github.com": 1, "gitlab.com": 2, "bitbucket.org": 2, "codeberg.org": 2, "gitee.com": 2, "sourceforge.net": 2}
_CODE_HOSTS |= {"anonymous.4open.science": 1, "sr.ht": 2, "gitlab.io": 9, "colab.research.google.com": 1}
_CODE_HOSTS |= {"cran.r-project.org": 1, "gist.github.com": 1, "git.io": 1, "codeocean.com": 1, "modelscope.cn": 2}
_DATA_HOSTS = {"zenodo.org": 1, "figshare.com": 1, "osf.io": 1, "datadryad.org": 1, "dataverse.harvard.edu": 1, "ieee-dataport.org": 1}
_DATA_HOSTS |= {"physionet.org": 1, "openneuro.org": 1, "data.mendeley.com": 1, "openslr.org": 1, "archive.ics.uci.edu": 1}
_PROJECT_HOSTS = {"github.io": 0, "netlify.app": 0, "vercel.app": 0, "readthedocs.io": 0, "pages.dev": 0, "web.app": 0}
_PROJECT_HOSTS |= {"sites.google.com": 1, "notion.site": 0, "gitbook.io": 0, "streamlit.app": 0}
#: Data under a DOI of an archive: Zenodo, figshare, Dryad, Mendeley, OSF.
_DATA_DOI = re.compile(r"/10\.(?:5281/zenodo|6084/m9\.figshare|5061/dryad|17632/|17605/osf)", re.IGNORECASE)
#: What stands before a link that no host explains.
_PROJECT_WORDS = re.compile(
    r"(?:project|home|web|demo)[\s-]?(?:page|site|website)?\s*(?:is\s+available\s+at|at|:|is|-)?\s*[(\[]?$", re.IGNORECASE
)


def find_links(text: str) -> tuple[Link, ...]:
    """Every link of ``text`` that leads to code, data or a project page, in order, each once.

    >>> find_links("Code: https://github.com/x/y.")
    (Link(kind=<LinkKind.CODE: 'code'>, url='https://github.com/x/y'),)
    """
    if "/" not in text and ".io" not in text.lower():
        return ()
    links: list[Link] = []
    for found in _URL.finditer(text):
        for url in _split(found[0]):
            kind = _kind(url)
            if kind is None and found[0].startswith("http") and _PROJECT_WORDS.search(text, max(0, found.start() - 40), found.start()):
                kind = None if _paper_page(url) else LinkKind.PROJECT
            if kind is not None:
                links.append(Link(kind=kind, url=url))
    return merge_links(links)


def merge_links(links: Iterable[Link]) -> tuple[Link, ...]:
    """``links`` with each address once: the first one stays. Scheme, ``www.``, a closing slash and case of the host do not count."""
    kept: dict[str, Link] = {}
    for link in links:
        kept.setdefault(_identity(link.url), link)
    return tuple(kept.values())


def _split(found: str) -> list[str]:
    """The addresses in one run without blanks, cut where a second one begins, each cleaned of what the sentence put behind it."""
    parts = [found] if "web.archive.org" in found else re.split(r"(?<!=)(?=https?://)", found)
    urls = [_trim(part) for part in parts]
    return [url if url.lower().startswith("http") else f"https://{url}" for url in urls if url]


def _trim(url: str) -> str:
    while url:
        last = url[-1]
        if last in ".,;:!?'\"*_~$&#(" or (last == ")" and url.count(")") > url.count("(")):
            url = url[:-1]
        else:
            break
    return url


def _kind(url: str) -> LinkKind | None:
    parts = _parse(url)
    if parts is None:
        return None
    host, path = parts
    words = [word for word in path.split("/") if word]
    if host in ("huggingface.co", "hf.co"):
        return _hugging_face(words)
    if host == "kaggle.com":
        return {"datasets": LinkKind.DATA, "c": LinkKind.DATA, "code": LinkKind.CODE}.get(words[0]) if len(words) > 1 else None
    if host.endswith("doi.org"):
        return LinkKind.DATA if _DATA_DOI.match(path) else None
    for hosts, kind in ((_CODE_HOSTS, LinkKind.CODE), (_DATA_HOSTS, LinkKind.DATA), (_PROJECT_HOSTS, LinkKind.PROJECT)):
        least = _least(host, hosts)
        if least is not None:
            return kind if len(words) >= least else None
    if host.startswith(("gitlab.", "git.")) and len(words) >= 2:
        return LinkKind.CODE
    return None


def _least(host: str, hosts: dict[str, int]) -> int | None:
    for name, least in hosts.items():
        if host == name or host.endswith(f".{name}"):
            return least
    return None


def _hugging_face(words: list[str]) -> LinkKind | None:
    """Data sets, spaces, models and whole accounts; its paper and blog pages are none of these."""
    if not words or words[0] in ("papers", "blog", "docs", "posts", "learn", "join", "login"):
        return None
    return LinkKind.DATA if words[0] == "datasets" else LinkKind.CODE


def _paper_page(url: str) -> bool:
    parts = _parse(url)
    return parts is None or parts[0].endswith(("arxiv.org", "doi.org", "openreview.net")) or parts[1].lower().endswith(".pdf")


def _parse(url: str) -> tuple[str, str] | None:
    """Host in lower case without ``www.``, and path; ``None`` for what only looks like an address."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    return (host, parts.path) if parts.scheme.lower() in ("http", "https") and "." in host else None


def _identity(url: str) -> str:
    bare = re.sub(r"^https?://(?:www\.)?", "", url.strip(), flags=re.IGNORECASE)
    host, slash, path = bare.partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/").removesuffix(".git")
