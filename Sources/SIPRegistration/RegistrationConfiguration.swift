import SIP
import Timing

/// What is registered, and where.
package struct RegistrationConfiguration: Sendable {
    /// This flow among several of one device (RFC 5626 §4.1, §4.2).
    package struct Outbound: Hashable, Sendable {
        /// A URN that stays the same over restarts, such as `urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF`.
        package var instance: String
        /// From 1.
        package var flow: UInt32

        package init(instance: String, flow: UInt32 = 1) {
            self.instance = instance
            self.flow = flow
        }
    }

    /// The domain that is asked: a SIP URI without a user (RFC 3261 §10.2).
    package var registrar: SIPURI
    /// Whose calls are to come here.
    package var addressOfRecord: NameAddress
    /// Where they are to be sent.
    package var contact: SIPURI
    /// Proxies on the way, as Route values.
    package var routes: [String] = []
    /// How long a binding is asked for, in seconds.
    package var expires: UInt32 = 3_600
    package var outbound: Outbound?
    /// Whether the Contact takes on the address and port under which the registrar's side sees us (`received` and `rport`, RFC 3581
    /// §4), as a server behind a NAT needs where the registrar does not do so by itself.
    package var followsSeenAddress = false
    package var policy = TrunkPolicy()

    package init(registrar: SIPURI, addressOfRecord: NameAddress, contact: SIPURI) {
        self.registrar = registrar
        self.addressOfRecord = addressOfRecord
        self.contact = contact
    }

    /// The longest binding that is asked for or counted on: a week.
    static let longestExpiry: UInt32 = 604_800
}
