"""A real identity provider for our tests: Django OAuth Toolkit, run as a process of its own on 127.0.0.1.

`python tests/web/provider.py PORT FOLDER CALLBACK`: people are in FOLDER/people.json, as {name: {email, verified}}; the
password of everybody is "long enough to be one". Prints a line when it listens.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

CLIENT, SECRET, PASSWORD = "laurea", "s3cure-enough-for-a-test-0451", "long enough to be one"
FORM = "<form method=post><input name=username><input name=password type=password><button>Enter</button></form>"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Codes and states stand in addresses."""


def main(port: int, folder: Path, callback: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="of the test alone",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="__main__",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "provider.db")}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        LOGIN_URL="/login/",
        USE_TZ=True,
        MIGRATION_MODULES=dict.fromkeys(("auth", "contenttypes", "sessions", "oauth2_provider")),  # tables, no history
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": f"http://127.0.0.1:{port}/o",
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "who one is", "email": "the address"},
            "OAUTH2_VALIDATOR_CLASS": "__main__.Validator",
        },
    )  # fmt: skip
    django.setup()
    from django.contrib.auth import authenticate, login
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse, HttpResponseRedirect
    from django.urls import include, path
    from oauth2_provider.models import Application
    from oauth2_provider.oauth2_validators import OAuth2Validator

    people = json.loads((folder / "people.json").read_text())

    class Validator(OAuth2Validator):
        oidc_claim_scope = None

        def get_additional_claims(self, request: object) -> dict[str, object]:
            one = people[request.user.username]  # type: ignore[attr-defined]
            return {"email": one["email"], "email_verified": one["verified"]}

    def enter(request: Any) -> HttpResponse:
        if request.method == "GET":
            return HttpResponse(FORM)
        user = authenticate(request, username=request.POST["username"], password=request.POST["password"])
        login(request, user)
        return HttpResponseRedirect(request.GET["next"])

    call_command("migrate", verbosity=0, run_syncdb=True)
    for name, one in people.items():
        User.objects.create_user(name, one["email"], PASSWORD)
    Application.objects.create(
        name="Laurea", client_id=CLIENT, client_secret=SECRET, client_type="confidential", redirect_uris=callback,
        authorization_grant_type="authorization-code", algorithm="RS256", skip_authorization=True,
    )  # fmt: skip
    globals()["Validator"] = Validator
    globals()["urlpatterns"] = [
        path("login/", enter),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    ]
    with make_server("127.0.0.1", port, get_wsgi_application(), handler_class=Quiet) as server:
        print("listening", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
