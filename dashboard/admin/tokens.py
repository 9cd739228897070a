"""API tokens: made here, shown once, revoked but never edited."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from dashboard.access.tokens import seal
from monitor.models import ApiToken

if TYPE_CHECKING:
    _TokenModelAdmin = admin.ModelAdmin[ApiToken]
else:  # Django's own class takes no parameter
    _TokenModelAdmin = admin.ModelAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(_TokenModelAdmin):
    """Superusers handle everybody's tokens; others, holding the permissions, their own only."""

    list_display = ("name", "owner", "scope", "prefix", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("scope",)
    search_fields = ("name", "prefix", "owner__username")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        tokens = super().get_queryset(request).select_related("owner")
        return tokens if _is_superuser(request) else tokens.filter(owner=request.user.pk)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> tuple[str, ...]:
        if obj is not None:
            return (*self.list_display, "created_at")
        fields = ("name", "scope", "expires_at")
        return (*fields, "owner") if _is_superuser(request) else fields

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiToken | None = None
    ) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj is not None else ()

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        if db_field.name == "owner":
            kwargs["initial"] = request.user.pk
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: ApiToken, form: "ModelForm[ApiToken]", change: bool
    ) -> None:
        """Only ever creates: all fields of a stored token are read-only."""
        if change:
            return
        if not _is_superuser(request) and isinstance(request.user, User):
            obj.owner = request.user
        vars(obj)["secret"] = seal(obj)  # on this object only, for the answer below
        obj.save()

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token in this answer and nowhere else: a message would be stored on the way."""
        context = self.admin_site.each_context(request) | {
            "title": "Copy the token now",
            "opts": self.opts,
            "token": obj,
            "secret": vars(obj)["secret"],
        }
        return TemplateResponse(request, "admin/monitor/apitoken/created.html", context)

    @admin.action(description="Revoke selected tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        for token in tokens.filter(revoked_at=None):
            self.log_change(request, token, "Revoked.")
        revoked = tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, f"{revoked} revoked; they open nothing now.", messages.SUCCESS)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser
