"""Looking at a published video: its files from S3, and a page that plays them, on this machine alone.

`hls.min.js` is hls.js 1.7.4 as its npm package brings it; its licence stands in `hls.LICENSE`.
"""
