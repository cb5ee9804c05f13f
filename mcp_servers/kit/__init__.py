"""What the four servers share on the SDK's side.

`server` registers tools and runs a transport, `errors` makes failures teach, `door` is the only way to a write,
`used_permits` remembers what was written, `arguments` reads the command line, `starting` loads a server's process.
"""
