"""Orders written out for officers: CSV, XLSX, JSON and GeoJSON, page by page and without personal data."""
