"""Lost records of a group, for whoever may acknowledge them."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from dashboard.access.people import actor_of
from dashboard.pages.frame import frame_for, show
from dashboard.queries.groups import group as find_group
from dashboard.words import lost_note
from monitor.errors import AcknowledgementError, NotFoundError
from monitor.lag.acknowledge import PERMISSIONS, LostPlace, Seen, acknowledge, lost_places
from monitor.models import Group
from monitor.reasons import LONGEST

VIA = "page"
PLACES_SHOWN = 100
# What a form can carry. Others follow once these are acknowledged.
PLACES_AT_ONCE = 10_000


class AcknowledgeForm(forms.Form):
    """`seen` is what the page told of, as `_seen` writes it: nothing else is acknowledged."""

    seen = forms.CharField(
        widget=forms.HiddenInput, error_messages={"required": "Look at what was lost first."}
    )
    reason = forms.CharField(
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, for those who read of it later."},
        help_text="For those who read of it later.",
    )

    def clean_seen(self) -> Seen:
        try:
            places = [map(int, place.split(":")) for place in self.cleaned_data["seen"].split()]
            return {(topic, partition): lost_to for topic, partition, lost_to in places}
        except ValueError:
            raise forms.ValidationError("Look at what was lost, and send that page.") from None


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(PERMISSIONS, raise_exception=True)
def acknowledge_losses(request: HttpRequest, group_id: int) -> HttpResponse:
    """Show what was lost, and acknowledge it with a reason."""
    form = AcknowledgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _is_done(request, group_id, form):
        return redirect("group", group_id)
    found = _found(group_id)
    every = lost_places(found)
    places = every[:PLACES_AT_ONCE]
    context = {
        "page": "groups",
        "group": found,
        "form": form,
        "places": places,
        "lost_records": sum(place.lost_records for place in places),
        "seen": _seen(places),
        "left": len(every) - len(places),
        "shown": f":{PLACES_SHOWN}",
        "shown_most": PLACES_SHOWN,
    }
    return show(request, "acknowledge", frame_for(request, found.cluster), context)


def _is_done(request: HttpRequest, group_id: int, form: AcknowledgeForm) -> bool:
    """Whether it is acknowledged; a refusal stands at the form."""
    try:
        done = acknowledge(actor_of(request.user, VIA), group_id, **form.cleaned_data)
    except AcknowledgementError as problem:
        form.add_error(problem.field or None, str(problem))
        return False
    except NotFoundError as problem:
        raise Http404(str(problem)) from None
    lost = lost_note(done.lost_records)
    messages.success(request, f"{lost}: acknowledged. The status follows with the next samples.")
    return True


def _found(group_id: int) -> Group:
    found = find_group(group_id)
    if found is None or found.gone_at:
        raise Http404(f"There is no group {group_id}.")
    return found


def _seen(places: Sequence[LostPlace]) -> str:
    return " ".join(f"{place.topic.pk}:{place.partition}:{place.lost_to}" for place in places)
