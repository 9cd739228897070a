"""Icons, inline so that they take the text's colour: `{% icon "groups" %}`."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

PATHS = {
    "brand": '<path stroke-width="2" stroke-linecap="round" '
    'd="M1 6c2.3-3 4.6-3 7 0s4.7 3 7 0M1 12c2.3-3 4.6-3 7 0s4.7 3 7 0"/>',
    "overview": '<path d="M2 2h5v7H2zM9 2h5v4H9zM9 8h5v6H9zM2 11h5v3H2z"/>',
    "groups": '<circle cx="5" cy="5" r="2.5"/><circle cx="11.5" cy="6" r="2"/>'
    '<path d="M1 14c0-3 2-4.5 4-4.5S9 11 9 14M9.5 10c3-.5 5 1 5.5 4"/>',
    "topics": '<path d="M2 4h12M2 8h12M2 12h12"/>',
    "outboxes": '<path d="M2 9l2-6h8l2 6v4H2zM2 9h4l1 2h2l1-2h4"/>',
    "replays": '<path d="M3 8a5 5 0 1 0 2-4M5 1v3h3"/>',
    "admin": '<path d="M2 4h7M13 4h1M2 12h1M7 12h7"/><circle cx="11" cy="4" r="2"/>'
    '<circle cx="5" cy="12" r="2"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5L14 14"/>',
    "down": '<path stroke-width="2" d="M3 6l5 5 5-5"/>',
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Decoration: the word beside it is what is read aloud."""
    return format_html(
        '<svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4" '
        'aria-hidden="true">{}</svg>',
        mark_safe(PATHS[name]),  # noqa: S308 - a constant of this module
    )
