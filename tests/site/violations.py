"""What the policy of a page forbids it, as the page itself is told."""

import re

#: Written before the policy, so that it does not apply to this script.
_SCRIPT = """<script>
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  (window.violations ??= []).push(`${violatedDirective}: ${blockedURI} ${sample}`));
</script>"""


def watch(html: str) -> str:
    """Let a page write down what its policy forbids."""
    watching, count = re.subn(r"<meta charset[^>]*>", lambda tag: tag[0] + _SCRIPT, html, count=1)
    assert count
    return watching


def violations(engine) -> list[str]:
    """Return what the policy has forbidden so far."""
    return engine.run("() => window.violations || []")
