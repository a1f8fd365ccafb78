"""Papers («документы на бумаге и в PDF/A»): typed values in, bytes out; no database, no clock, no network.

`core.papers.rendering.render_pdf` sets any `core.papers.paper.Paper`; the module of each paper holds its values.
"""
