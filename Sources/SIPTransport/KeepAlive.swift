/// Bytes that keep a binding of a NAT and are no message.
enum KeepAlive {
    /// Two CRLFs ask for one (RFC 5626 §4.4.1).
    static let ping: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]

    /// A datagram to be dropped without a word: nothing but line ends and zeros (RFC 5626 §4.4.1 and practice), or STUN, which is not
    /// answered here (§4.4.2: a message of SIP never begins with a byte below 4; the magic cookie is that of RFC 8489 §5).
    static func fills(datagram bytes: some RandomAccessCollection<UInt8>) -> Bool {
        if bytes.prefix(8).allSatisfy({ $0 == 0x0D || $0 == 0x0A || $0 == 0 }) {
            return bytes.allSatisfy { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
        }
        guard bytes.count >= 20, let first = bytes.first, first < 4 else { return false }
        return bytes.dropFirst(4).starts(with: [0x21, 0x12, 0xA4, 0x42])
    }

    /// Whether bytes that stand between two messages begin with the answer to our ping. Two CRLFs are a ping of the peer.
    static func isPong(_ bytes: some RandomAccessCollection<UInt8>) -> Bool {
        bytes.starts(with: [0x0D, 0x0A]) && !bytes.dropFirst(2).starts(with: [0x0D, 0x0A])
    }
}
