import ArgumentParser
import SDP

extension MediaEncryption: ExpressibleByArgument {}
