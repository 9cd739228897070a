"""Pages of rows that the admin shows and never edits."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    _AnyModelAdmin = admin.ModelAdmin[Any]
else:  # Django's own class takes no parameter
    _AnyModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(_AnyModelAdmin):
    """Viewing needs the model's view permission; adding, changing and deleting no one may."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
