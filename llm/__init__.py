"""Ask a chat model for JSON that fits a schema: the port, the Ollama adapter, the scripted fake."""
