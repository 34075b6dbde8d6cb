"""storage: recordings and synthesised speech, content addressed; on disk or in an S3-compatible store."""
