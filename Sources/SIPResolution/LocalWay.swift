import SIP

/// The families of IP addresses.
package enum AddressFamily: Hashable, Sendable, CaseIterable {
    case ipv6, ipv4

    /// The records that hold such addresses.
    var recordType: RecordType { self == .ipv6 ? .aaaa : .a }
}

/// A transport and a family of addresses that a listener of ours has, so that something can be sent that way.
package struct LocalWay: Hashable, Sendable {
    package var transport: TransportKind
    package var family: AddressFamily

    package init(_ transport: TransportKind, _ family: AddressFamily) {
        self.transport = transport
        self.family = family
    }
}
