"""What the builder reads: values, counts, sentences, drafts, templates, files."""
