from __future__ import annotations

from rest_framework import serializers

from accounts.models import User


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username", "first_name", "last_name", "role", "is_staff"]
        read_only_fields = fields


class CredentialsSerializer(serializers.Serializer[User]):
    username = serializers.CharField()
    password = serializers.CharField(style={"input_type": "password"}, trim_whitespace=False)


class TokenSerializer(serializers.Serializer[User]):
    token = serializers.CharField(help_text="Shown this once. Send it as `Authorization: Token <token>`.")
    user = UserSerializer()
