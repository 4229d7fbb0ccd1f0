"""sphinxcontrib-bibtex 2.7.0: one list for all languages; references do not say theirs.

Each list holds what any language cites, and a citation may lead to the list of another language.
Needless once Sphinx has labels for each language: see `labels`.

A bibliography's style writes English words ("and", "pages"), and most works have English titles. So
references are marked as English, or as their field ``langid`` says. Needless once the
extension passes that field on to the page.

Each citation looks for a plugin of pybtex, which reads the entry points of all that is installed:
seconds in a long book. Needless once either keeps what it has found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from pybtex.plugin import find_plugin, register_plugin
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex.domain import BibtexDomain, Citation

from .. import labels, order, state
from ..config import Language


class _CitationsByLanguage(BibtexDomain):
    """Lists of references, and the citations that lead to them, of each language for itself."""

    def env_updated(self) -> Iterable[str]:
        """Fill the lists of each language with what is cited in it.

        What is cited in languages without a list is in the lists of all others.
        """
        lists, references, citations = self.bibliographies, self.citation_refs, []
        language_of = state.of(self.env.app).registry.language_of
        languages = dict.fromkeys(language_of(key.docname) for key in lists)
        for language in languages:
            own = {language} if language else set(languages)
            self.data["bibliographies"] = {
                key: value for key, value in lists.items() if language_of(key.docname) == language
            }
            self.data["citation_refs"] = [
                reference
                for reference in references
                if (cited_in := language_of(reference.docname)) in own or cited_in not in languages
            ]
            self.data["citations"] = []
            super().env_updated()
            citations += self.citations
        self.data.update(bibliographies=lists, citation_refs=references, citations=citations)
        return []

    def resolve_xref(
        self, env: BuildEnvironment, fromdocname: str, *arguments: Any, **options: Any
    ) -> nodes.Element:
        """Lead to the nearest language that has each work."""
        everything = self.citations
        self.data["citations"] = self._nearest(fromdocname)
        try:
            return super().resolve_xref(env, fromdocname, *arguments, **options)
        finally:
            self.data["citations"] = everything

    def _nearest(self, docname: str) -> list[Citation]:
        book = state.of(self.env.app).registry
        by_language: dict[Language | None, list[Citation]] = defaultdict(list)
        for citation in self.citations:
            by_language[book.language_of(citation.bibliography_key.docname)].append(citation)
        found: list[Citation] = []
        for language in labels.by_nearness(book, book.language_of(docname)):
            known = {citation.key for citation in found}
            found += [citation for citation in by_language[language] if citation.key not in known]
        return found


class _MarkReferences(SphinxPostTransform):
    """Mark a page's references, and the links that have one as their tooltip."""

    default_priority = order.MARK_REFERENCES
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        if "sphinxcontrib.bibtex" not in self.app.extensions:
            return
        page, domain = self.env.docname, self.env.get_domain("cite")
        assert isinstance(domain, BibtexDomain)
        here: dict[str, str] = {}
        links: dict[str, str] = {}
        for citation in domain.citations:
            name, home = citation.citation_id, citation.bibliography_key.docname
            marked = f"language-{citation.entry.fields.get('langid', 'en')}"
            links[f"{self.app.builder.get_relative_uri(page, home)}#{name}"] = marked
            if home == page:
                here[name] = marked
        for node in self.document.findall(nodes.Element):
            if isinstance(node, nodes.citation | nodes.list_item):
                marks = [here[name] for name in node["ids"] if name in here]
            elif isinstance(node, nodes.reference) and "reftitle" in node:
                mark = here.get(node.get("refid")) or links.get(node.get("refuri"))
                marks = [mark] if mark else []
            else:
                continue
            node["classes"].extend(marks)


def _separate_citations(app: Sphinx, config: Config) -> None:
    if "sphinxcontrib.bibtex" in app.extensions:
        app.add_domain(_CitationsByLanguage, override=True)
        plugin = "pybtex.backends", "plaintext"
        register_plugin(*plugin, find_plugin(*plugin), force=True)


def setup(app: Sphinx) -> None:
    """Separate the citations of languages, and mark references."""
    app.connect("config-inited", _separate_citations, priority=order.SEPARATE_CITATIONS)
    app.add_post_transform(_MarkReferences)
