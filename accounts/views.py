"""JSON: sign in with a token, sign out, who am I."""

from __future__ import annotations

from typing import cast

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.serializers import CredentialsSerializer, TokenSerializer, UserSerializer
from accounts.throttling import SignInThrottle


class TokenView(APIView):
    """A token for scripts: made from a password, revoked by deleting it."""

    permission_classes = (AllowAny,)
    throttle_classes = (SignInThrottle,)

    @extend_schema(request=CredentialsSerializer, responses={201: TokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange user name and password for a token."""
        credentials = CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        user = authenticate(request, **credentials.validated_data)
        if user is None:
            raise AuthenticationFailed("User name or password is wrong.")
        _, token = AuthToken.objects.create(user)
        return Response({"token": token, "user": UserSerializer(user).data}, status=201)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Revoke the token that this request was made with."""
        if not isinstance(request.successful_authenticator, TokenAuthentication):
            raise AuthenticationFailed("Send the token that shall be revoked.")
        request.auth.delete()
        return Response(status=204)


class MeView(APIView):
    """The signed-in user."""

    @extend_schema(responses=UserSerializer)
    def get(self, request: Request) -> Response:
        """Who the credentials of this request belong to."""
        return Response(UserSerializer(cast(User, request.user)).data)
