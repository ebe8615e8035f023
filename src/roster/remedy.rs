//! What a commune's clerk does about a refused line, in Vietnamese: one sentence a code,
//! for the workbook of refused lines.

use super::finding::FindingCode;

impl FindingCode {
    /// What to do about it, for the one who typed the list; nothing for warnings.
    pub fn remedy_vi(self) -> &'static str {
        use FindingCode::*;
        match self {
            NumberMissing => "Ghi số CCCD 12 chữ số (xem thẻ hoặc VNeID của người này).",
            NumberBadForm => "Ghi lại số CCCD đủ 12 chữ số (hoặc CMND 9 chữ số), chỉ gồm chữ số.",
            RegisterSilent => "Không phải sửa: nộp lại tệp này khi cơ sở dữ liệu dân cư hoạt động.",
            NotInRegister => {
                "Đối chiếu số với thẻ CCCD và ghi lại; nếu số đúng, báo công an xã kiểm tra."
            }
            NameMissing => "Ghi họ và tên như trên thẻ CCCD.",
            NameDiffers => {
                "Ghi họ tên đúng như cơ sở dữ liệu dân cư; nếu là người khác thì sửa số CCCD."
            }
            BirthMissing => "Ghi ngày/tháng/năm sinh, hoặc năm sinh.",
            BirthUnreadable => "Ghi ngày sinh dạng ngày/tháng/năm, hoặc chỉ năm sinh (4 chữ số).",
            BirthDiffers => {
                "Ghi ngày sinh đúng như cơ sở dữ liệu dân cư; nếu là người khác thì sửa số CCCD."
            }
            Deceased => {
                "Xóa dòng này; nếu người này còn sống, báo công an xã sửa dữ liệu rồi nộp lại."
            }
            SexDiffers => "Sửa giới tính như cơ sở dữ liệu dân cư.",
            CommuneDiffers => {
                "Người này thường trú ở xã khác: chuyển hồ sơ sang xã đó, hoặc sửa địa chỉ."
            }
            ListedTwice => "Người này đã có ở dòng khác của danh sách: xóa dòng này.",
            ListedBefore => {
                "Người này đã có trong danh sách đã nhập của kỳ: xóa dòng này; muốn đổi đối tượng hoặc tài khoản, ghi ở danh sách kỳ sau."
            }
            PolicyMissing => "Ghi đối tượng theo nghị định.",
            PolicyUnknown => "Ghi tên đối tượng theo nghị định, như “Người khuyết tật nặng”.",
            PolicyNotInForce => {
                "Đối tượng này không được chi trong kỳ: sửa đối tượng hoặc xóa dòng."
            }
            PolicyOneOff => {
                "Khoản chi một lần lập hồ sơ riêng: xóa dòng khỏi danh sách hằng tháng."
            }
            AmountOutOfRange => "Báo phòng chuyên môn: mức chuẩn và hệ số không thành số tiền.",
            Amount(_) => "Ghi số đồng chẵn, như 750000 hoặc 750.000; có thể để trống.",
            BankMissing => "Ghi tên ngân hàng của tài khoản.",
            BankUnknown => "Ghi tên hoặc tên viết tắt của ngân hàng, như Agribank, VCB.",
            BankSeveral => "Ghi rõ tên một ngân hàng.",
            AccountMissing => "Ghi số tài khoản, hoặc xóa tên ngân hàng.",
            AccountBadForm => "Ghi lại số tài khoản, chỉ chữ số và chữ cái, tối đa 19 ký tự.",
            AccountDigitsLost => "Ghi lại đủ số tài khoản (ô này đã là dạng chữ).",
            NoAccount => "Ghi số tài khoản và ngân hàng của người hưởng hoặc người nhận thay.",
            ProxyNumberMissing => "Ghi số CCCD của người nhận thay.",
            ProxyNumberBadForm => "Ghi lại số CCCD của người nhận thay, đủ 12 chữ số.",
            ProxyUnchecked => "Không phải sửa: nộp lại tệp này khi cơ sở dữ liệu dân cư hoạt động.",
            ProxyNotInRegister => "Đối chiếu số CCCD của người nhận thay với thẻ và ghi lại.",
            ProxyNameDiffers => "Ghi họ tên người nhận thay đúng như cơ sở dữ liệu dân cư.",
            ProxyDeceased => "Ghi người nhận thay khác, hoặc tài khoản của chính người hưởng.",
            AmountDiffers
            | CoefficientDiffers
            | SexUnreadable
            | AgeOutside
            | NumberSaysOtherBirthYear
            | AccountShort
            | PeriodDiffers => "",
        }
    }
}
