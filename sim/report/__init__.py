"""The page of a study: one file that opens from disk, in English or Chinese, from saved results."""
