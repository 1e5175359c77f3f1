/// One record of an answer, without its name and lifetime.
package enum Record: Hashable, Sendable {
    case pointer(PointerRecord)
    case service(ServiceRecord)
    /// An IPv4 or IPv6 literal.
    case address(String)
}

/// NAPTR (RFC 3403 §4.1).
package struct PointerRecord: Hashable, Sendable {
    package var order: UInt16
    package var preference: UInt16
    package var flags: String
    package var service: String
    package var expression: String
    package var replacement: String

    package init(order: UInt16, preference: UInt16, flags: String, service: String, expression: String = "", replacement: String) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.expression = expression
        self.replacement = replacement
    }
}

/// SRV (RFC 2782).
package struct ServiceRecord: Hashable, Sendable {
    package var priority: UInt16
    package var weight: UInt16
    package var port: UInt16
    package var target: String

    package init(priority: UInt16, weight: UInt16, port: UInt16, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }

    /// "A Target of "." means that the service is decidedly not available at this domain."
    var isRefusal: Bool { target.isEmpty || target == "." }
}
