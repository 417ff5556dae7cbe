"""Sessions as files: the format, version 4.

A session file (`.explorer`) is a ZIP archive whose members are stored, not compressed, so that
nothing in it can swell when it is read:

    session.json    the manifest, UTF-8 JSON: see `manifest.Manifest`
    memory.json ... optional: what other workspaces keep, one member each: see `parts.PARTS`
    logits.npy ...  optional: what the network computed, one row per step, float32, little-endian

It is also a NumPy archive: `numpy.load(path, allow_pickle=False)["logits"]` works. The manifest
holds the tree of everything generated (tokens, draws, the settings of each draw), the settings, the
edits, what was looked at, and the facts of the model with its fingerprint. Tokens and settings
suffice to compute the rest again with the same model; the arrays make opening immediate and let the
file be looked at without the model. They are left out where they would be larger than a gigabyte.

    manifest    the records and their checks; older versions are migrated there
    archive     reading and writing the file
    parts       the table of workspaces beside the text; memory, bridge: how each is kept
    plain       records with arrays as JSON
    reread      a session without arrays, computed again
    journal     the same records as they come, appended one by one: the autosave
"""
