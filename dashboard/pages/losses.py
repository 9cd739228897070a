"""Lost records of a group, for whoever may acknowledge them."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from dashboard.access import roles
from dashboard.access.people import actor_of
from dashboard.pages.frame import frame_for, show
from dashboard.queries.groups import group as find_group
from dashboard.words import lost_note
from monitor.errors import AcknowledgementError
from monitor.lag import acknowledge
from monitor.lag.acknowledge import lost_places

VIA = "page"
PLACES_SHOWN = 100


class AcknowledgeForm(forms.Form):
    """`lost_records` is the number that the person saw."""

    lost_records = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, for those who read of it later."},
        help_text="For those who read of it later.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((roles.VIEW_GROUP, roles.ACKNOWLEDGE_LOSS), raise_exception=True)
def acknowledge_losses(request: HttpRequest, group_id: int) -> HttpResponse:
    """Show what was lost, and acknowledge it with a reason."""
    found = find_group(group_id)
    if found is None or found.gone_at:
        raise Http404(f"There is no group {group_id}.")
    form = AcknowledgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _acknowledge(request, group_id, form):
        return redirect("group", group_id)
    places = [place for place in lost_places(found) if not place.is_acknowledged]
    context = {
        "page": "groups",
        "group": found,
        "form": form,
        "places": places if found.lost_records else [],
        "shown": f":{PLACES_SHOWN}",
        "shown_most": PLACES_SHOWN,
    }
    return show(request, "acknowledge", frame_for(request, found.cluster), context)


def _acknowledge(request: HttpRequest, group_id: int, form: AcknowledgeForm) -> bool:
    """Whether it is done; a refusal stands at the form."""
    try:
        done = acknowledge.acknowledge(actor_of(request.user, VIA), group_id, **form.cleaned_data)
    except AcknowledgementError as problem:
        form.add_error(None, str(problem))
        return False
    lost = lost_note(done.lost_records)
    messages.success(request, f"{lost}: acknowledged. The status follows with the next samples.")
    return True
