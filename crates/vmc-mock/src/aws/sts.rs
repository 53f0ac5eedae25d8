//! STS.

use super::{Aws, xml::leaf};
use crate::answer::Outcome;

pub(crate) fn get_caller_identity(aws: &mut Aws<'_>) -> Outcome {
    let inner = [
        leaf("Arn", &aws.caller.arn),
        leaf("UserId", &aws.caller.user_id),
        leaf("Account", &aws.caller.account),
    ];
    aws.answer(&inner.concat())
}
