"""What an educator fills in to add sources."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from research.errors import SourceFailed
from research.parsing import KIND_OF_SUFFIX
from research.serializers import MAX_SOURCES_AT_ONCE
from research.services.sources import checked_url


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A file field that takes several files."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        files = data if isinstance(data, list) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    uploads = ManyFilesField(
        widget=ManyFilesInput(attrs={"multiple": True, "accept": ",".join(sorted(KIND_OF_SUFFIX))}),
        allow_empty_file=True,
        label="Files",
        help_text="Markdown, text, HTML, PDF or transcripts. The same name again is a new version.",
    )


class AddressForm(forms.Form):
    urls = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "inputmode": "url", "spellcheck": "false"}),
        label="Addresses",
        help_text="Web pages or YouTube videos, one on each line, in teaching order.",
    )

    def clean_urls(self) -> list[str]:
        urls = str(self.cleaned_data["urls"]).split()
        if len(urls) > MAX_SOURCES_AT_ONCE:
            raise forms.ValidationError(f"At most {MAX_SOURCES_AT_ONCE} addresses at once, please.")
        for url in urls:
            try:
                checked_url(url)
            except SourceFailed as error:
                raise forms.ValidationError(str(error)) from error
        return urls


class TopicForm(forms.Form):
    topic = forms.CharField(max_length=200, help_text="Cairn looks for videos with subtitles on it.")
