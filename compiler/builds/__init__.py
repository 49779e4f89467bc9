"""The build folder: what bxnn has written there, replaced entirely or not at all, by one command at a time.

Nothing here knows what a network is. A build is a folder with a manifest, `bxnn.manifest.json`, of the files that bxnn
wrote. Only those are ever replaced or removed. What a command needs for itself is in `.bxnn` inside the build: the
staging folder of a build that is being written, the record of its commit, and work folders of simulators and compilers.
"""
