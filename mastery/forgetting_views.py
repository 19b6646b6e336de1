"""JSON: be forgotten."""

from __future__ import annotations

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.throttling import SignInThrottle
from mastery.models import ForgettingReceipt
from mastery.services.forgetting import forget_learner


class ForgetMeSerializer(serializers.Serializer[Any]):
    password = serializers.CharField(
        trim_whitespace=False, max_length=4096, help_text="Your own, once more: nothing brings you back."
    )


class ReceiptSerializer(serializers.ModelSerializer[ForgettingReceipt]):
    class Meta:
        model = ForgettingReceipt
        fields = ["id", "forgotten_at", "kept", "removed"]
        read_only_fields = fields


class ForgetMeView(APIView):
    """Your account, your name and all your words, removed for good."""

    throttle_classes = (SignInThrottle,)

    @extend_schema(request=ForgetMeSerializer, responses=ReceiptSerializer, operation_id="me_forget_create")
    def post(self, request: Request) -> Response:
        """Be forgotten; what you showed stays under a pseudonym. Keep the receipt: you cannot come back."""
        wanted = ForgetMeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = cast(User, request.user)
        if not user.check_password(wanted.validated_data["password"]):
            raise PermissionDenied("The password is wrong; nothing was removed.")
        receipt = forget_learner(str(user.pk), now=timezone.now())
        return Response(ReceiptSerializer(receipt).data)
