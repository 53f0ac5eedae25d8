//! Values that the wire spells in more than one way.

mod int;
mod json;
mod map;
mod text;
mod timestamp;

pub use self::int::Int;
pub use self::json::Json;
pub use self::map::Map;
pub use self::text::Text;
pub use self::timestamp::Timestamp;
