"""JSON: drafts of graph edits. What a draft would do to learners is told by the room that knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from concepts import draft_serializers as shapes
from concepts.draft_models import MAX_OPERATIONS
from concepts.filters import GraphDraftFilter
from concepts.models import GraphDraft
from concepts.permissions import KeepersEdit, check_may_edit
from concepts.preconditions import SeenDraft, seen_draft, with_draft_etag
from concepts.serializers import RevisionSerializer
from concepts.services import drafting
from concepts.services.wording import operations_in_words

if TYPE_CHECKING:
    GraphDraftViews = viewsets.GenericViewSet[GraphDraft]
else:
    GraphDraftViews = viewsets.GenericViewSet


def if_match(*, required: bool) -> OpenApiParameter:
    """The header that names the draft somebody saw."""
    return OpenApiParameter(
        "If-Match",
        str,
        OpenApiParameter.HEADER,
        required=required,
        description="The ETag of the draft that you read (graph revision and draft version), that of the "
        "graph alone, or `*`.",
    )


SEEN, MUST_HAVE_SEEN = if_match(required=False), if_match(required=True)
NUMBER = OpenApiParameter("number", int, OpenApiParameter.PATH, description="Of the operation.")


class GraphDraftViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GraphDraftViews):
    """Edits of a graph that gather until they are published together; for keepers and researchers."""

    queryset = GraphDraft.objects.none()
    permission_classes = (IsAuthenticated, KeepersEdit)
    filterset_class = GraphDraftFilter

    def get_queryset(self) -> Any:
        rows = GraphDraft.objects.visible_to(self.request.user)
        return rows.select_related("subject", "author", "closed_by", "published_as")

    def get_serializer_class(self) -> Any:
        return shapes.GraphDraftSummarySerializer if self.action == "list" else shapes.GraphDraftSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One draft with its operations in order and in words."""
        return self._told(self.get_object())

    @extend_schema(request=shapes.NewGraphDraftSerializer, responses={201: shapes.GraphDraftSerializer})
    def create(self, request: Request) -> Response:
        """Open a draft; the graph is not touched until it is published."""
        form = shapes.NewGraphDraftSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        check_may_edit(self._user, values["subject"])
        draft = drafting.open_draft(values.pop("subject"), author=self._user, **values)
        return self._told(draft, status=201)

    @extend_schema(
        request=shapes.GraphDraftChangeSerializer, responses=shapes.GraphDraftSerializer, parameters=[SEEN]
    )
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change the title, the reason, or the order of the operations."""
        draft = self.get_object()
        form = shapes.GraphDraftChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        drafting.describe(draft, expected=seen_draft(request).version, **form.validated_data)
        return self._told(draft)

    @extend_schema(parameters=[SEEN])
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Discard the draft; it stays on record."""
        draft = self.get_object()
        drafting.discard(draft, author=self._user, expected=seen_draft(request).version)
        return Response(status=204)

    @extend_schema(
        request=shapes.OPERATIONS_BODY,
        responses={201: shapes.GraphDraftSerializer},
        parameters=[SEEN],
        examples=shapes.OPERATION_EXAMPLES,
        filters=False,
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def operations(self, request: Request, **kwargs: Any) -> Response:
        """Add an operation, or a list of them; what would not fit is refused now, a circle with its names."""
        draft = self.get_object()
        drafting.append(draft, commands=_commands_of(request), expected=seen_draft(request).version)
        return self._told(draft, status=201)

    @extend_schema(
        methods=["delete"],
        responses=shapes.GraphDraftSerializer,
        parameters=[NUMBER, SEEN],
        filters=False,
    )
    @action(detail=True, methods=["delete"], url_path=r"operations/(?P<number>\d{1,9})")
    def operation(self, request: Request, number: str, **kwargs: Any) -> Response:
        """Take one operation out, unless a later one needs it."""
        draft = self.get_object()
        drafting.remove(draft, number=int(number), expected=seen_draft(request).version)
        return self._told(draft)

    @extend_schema(request=None, responses=RevisionSerializer, parameters=[MUST_HAVE_SEEN], filters=False)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, **kwargs: Any) -> Response:
        """Make all operations one revision, or say which of them no longer fits and why."""
        draft = self.get_object()
        seen: SeenDraft = seen_draft(request, required=True)
        revision = drafting.publish(
            draft, author=self._user, expected=seen.version, expected_revision=seen.revision
        )
        return with_draft_etag(Response(RevisionSerializer(revision).data), self._fresh(draft))

    @property
    def _user(self) -> User:
        return cast(User, self.request.user)

    def _fresh(self, draft: GraphDraft) -> GraphDraft:
        return cast(GraphDraft, self.get_queryset().get(pk=draft.pk))

    def _told(self, draft: GraphDraft, *, status: int = 200) -> Response:
        fresh = self._fresh(draft)
        body = shapes.GraphDraftSerializer(fresh, context={"words": operations_in_words([fresh])}).data
        return with_draft_etag(Response(body, status=status), fresh)


def _commands_of(request: Request) -> list[drafting.Command]:
    rows = request.data if isinstance(request.data, list) else [request.data]
    if not 1 <= len(rows) <= MAX_OPERATIONS:
        raise ValidationError(f"Send one operation, or a list of 1 to {MAX_OPERATIONS}.")
    form = shapes.CommandSerializer(data=rows, many=True)
    form.is_valid(raise_exception=True)
    return [drafting.Command(row["command"], row["parameters"]) for row in form.validated_data]
