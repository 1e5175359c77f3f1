/// The mailbox that a call is for.
package struct CalledMailbox: Hashable, Sendable {
    package var identity: DialledIdentity
    package var greeting: GreetingReason
    /// The rule that named it.
    package var rule: MailboxRules.Rule
}

/// A mailbox, or none, and what each rule had to say: for the log and for `antiphon explain`.
package struct MailboxSearch: Sendable {
    package struct Step: Hashable, Sendable {
        package var rule: MailboxRules.Rule
        package var won: Bool
        /// Why it won or did not.
        package var why: String
    }

    package var mailbox: CalledMailbox?
    /// What the greeting was chosen by.
    package var greetingWhy = ""
    package var steps: [Step] = []
}
