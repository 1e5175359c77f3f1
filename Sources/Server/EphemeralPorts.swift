import Glibc

/// The ports that the system gives to anybody who asks for none in particular.
enum EphemeralPorts {
    /// The first of them; 32768 where the system does not say.
    static let first: UInt16 = {
        guard let text = TextFile.read("/proc/sys/net/ipv4/ip_local_port_range", limit: 64),
            let word = text.split(whereSeparator: \.isWhitespace).first, let port = UInt16(word)
        else { return 32_768 }
        return port
    }()
}
