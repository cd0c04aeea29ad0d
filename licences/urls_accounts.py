"""Addresses for logging in and for what belongs to one's own login.

The views are allauth's, and so are the names, because its own code looks them up; what is not listed (signing up,
several e-mail addresses, other providers) does not exist.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path
from django.views.generic import RedirectView

from licences.views.accounts import admin_entrance

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("login/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("login/second-step/", mfa.authenticate, name="mfa_authenticate"),
    path("login/forgotten/", account.password_reset, name="account_reset_password"),
    path("login/forgotten/sent/", account.password_reset_done, name="account_reset_password_done"),
    path("login/forgotten/changed/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^login/forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("logout/", account.logout, name="account_logout"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/password/first/", account.password_set, name="account_set_password"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/confirm/key/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/second-step/", mfa.index, name="mfa_index"),
    path("account/second-step/app/on/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-step/app/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-step/keys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("account/second-step/keys/new/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("account/second-step/keys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/second-step/keys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/second-step/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-step/codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(
        "account/second-step/codes/download/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    # Django admin has a door of its own; it leads to ours.
    path("admin/login/", admin_entrance),
    path("admin/logout/", account.logout),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
]
