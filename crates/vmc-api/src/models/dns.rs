//! What names of management appliances resolve to.

use vmc_http::open_enum;

open_enum! {
    /// Which address a name resolves to.
    pub enum IpType {
        Public = "public",
        Private = "private",
    }
}
