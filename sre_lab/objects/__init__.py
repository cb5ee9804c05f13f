"""What the API server keeps its objects in: versions, watches' change log, and indexes. It knows no kind of object."""
