//! One request's journey: the layers with a scripted transport on paused
//! time, and the real transport against tiny servers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

mod layers;
mod sockets;
mod tls;

vmc_http::operation! {
    /// A read.
    pub struct Read => "things.get", GET "/things/{thing}", Safe -> serde_json::Value {
        path { thing: String }
    }
}

vmc_http::operation! {
    /// A write that carries the whole wanted state.
    pub struct Rename => "things.rename", PATCH "/things/{thing}", Converges -> serde_json::Value {
        path { thing: String }
        body name: String
    }
}

vmc_http::operation! {
    /// A write that creates something each time.
    pub struct Create => "things.create", POST "/things", Once -> serde_json::Value {
        body name: String
    }
}

vmc_http::operation! {
    /// A read that must be narrowed down.
    pub struct InRegion => "things.list", GET "/things", Safe -> serde_json::Value {
        required { region: String = "region" }
    }
}
