"""Finding concepts and what each rests on in source text; nothing here knows the database."""
