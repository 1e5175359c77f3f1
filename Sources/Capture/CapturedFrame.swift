/// What was seen on a link, and when.
package struct CapturedFrame: Equatable, Sendable {
    /// Nanoseconds since 1970.
    package var time: Int64
    package var link: LinkType
    package var bytes: [UInt8]
    /// Bytes that the frame had on the link; more than were kept, where the capture was told to keep less.
    package var originalLength: Int
    /// Where in the file its record begins.
    package var offset: Int
}

/// What a frame begins with: the numbers of https://www.tcpdump.org/linktypes.html.
package struct LinkType: Hashable, Sendable {
    package var rawValue: UInt16

    package init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// BSD loopback: four bytes of address family in the order of the machine that captured.
    package static let null = LinkType(0)
    package static let ethernet = LinkType(1)
    /// The same as `null`, in network order.
    package static let loop = LinkType(108)
    package static let linuxCooked = LinkType(113)
    package static let linuxCooked2 = LinkType(276)
    /// IPv4 or IPv6 without anything before it; 12 and 14 are what some systems write for 101.
    package static let raw = LinkType(101)
    package static let ipv4 = LinkType(228)
    package static let ipv6 = LinkType(229)

    /// Whether what it carries is looked for.
    package var isKnown: Bool {
        switch self {
        case .null, .ethernet, .loop, .linuxCooked, .linuxCooked2, .raw, LinkType(12), LinkType(14), .ipv4, .ipv6: true
        default: false
        }
    }
}
