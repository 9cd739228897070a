"""Whom a command acts for, and which cluster it means."""

import argparse
import getpass

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from monitor.models import Cluster
from monitor.values import Actor


def add_actor(parser: argparse.ArgumentParser) -> None:
    """The argument that says whom to act for; its value is `user`."""
    parser.add_argument(
        "--as",
        dest="user",
        default="",
        metavar="USER",
        help="Act in the name of this account, with its permissions; default: the system's user.",
    )


def actor_of(user_name: str, permissions: tuple[str, ...]) -> Actor:
    """The named account, if it holds the permissions; without a name whoever has the shell.

    Raises CommandError.
    """
    if not user_name:
        return Actor(getpass.getuser(), None, "cli")
    user = User.objects.filter(username=user_name, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active account {user_name}.")
    for permission in permissions:
        if not user.has_perm(permission):
            raise CommandError(f"{user_name} may not do this: it needs {permission}.")
    return Actor(user.username, user.pk, "cli")


def cluster_id_of(name: str | None) -> int:
    """The named cluster, or the only one. Raises CommandError."""
    clusters = {cluster.name: cluster.pk for cluster in Cluster.objects.all()}
    if name is None and len(clusters) == 1:
        return next(iter(clusters.values()))
    if name not in clusters:
        known = ", ".join(clusters) or "none is configured yet"
        raise CommandError(f"Name a cluster with --cluster; there is: {known}.")
    return clusters[name]
