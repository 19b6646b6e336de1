"""Serializers of research records, made from the columns, so that the API says what the files say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from mastery.exporting.columns import Column, Layout, Type

FIELDS: dict[Type, Callable[..., serializers.Field[Any, Any, Any, Any]]] = {
    Type.TEXT: serializers.CharField,
    Type.INTEGER: serializers.IntegerField,
    Type.NUMBER: serializers.FloatField,
    Type.BOOLEAN: serializers.BooleanField,
    Type.TIME: serializers.DateTimeField,
    Type.JSON: serializers.JSONField,
}


def serializer_for(layout: Layout) -> type[serializers.Serializer[Any]]:
    """Return the class that describes one kind of record."""
    fields = {column.name: _field(column) for column in layout.columns}
    return type(f"Research{layout.name.title()}Serializer", (serializers.Serializer,), fields)


def _field(column: Column) -> serializers.Field[Any, Any, Any, Any]:
    return FIELDS[column.type](allow_null=column.is_nullable, help_text=column.meaning)


class ColumnSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField()
    meaning = serializers.CharField()
    is_nullable = serializers.BooleanField()


class LayoutSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    columns = ColumnSerializer(many=True)


class DictionarySerializer(serializers.Serializer[Any]):
    schema_version = serializers.CharField()
    tables = LayoutSerializer(many=True)


class StudiedClassSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="Pseudonym of the class, for `class_name`.")
    learners = serializers.IntegerField(help_text="Of them, those who are enrolled in subjects you study.")
