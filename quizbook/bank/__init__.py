"""YAML in, typed questions out: types, loading, lint and proof."""
