// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {CANCEL, RELEASE, RESOLVE, approvalDigest} from "./support/approval.sol";
import {ContractSigner} from "./support/ContractSigner.sol";
import {EscrowTest, bound, vm} from "./support/EscrowTest.sol";

/// @notice The ways out before the deadline: each needs an approver's signature for it and for nothing else.
contract KustodiaEscrowEarlyTest is EscrowTest {
    /// @dev The order of the curve: with a signature (v, r, s) there is always (v', r, N - s).
    uint256 private constant N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function test_theTypesAreThoseOfTheirText() public view {
        vm.assertEq(escrow.RELEASE_EARLY(), RELEASE, "release");
        vm.assertEq(escrow.CANCEL_EARLY(), CANCEL, "cancel");
        vm.assertEq(escrow.RESOLVE_FOR_BUYER_EARLY(), RESOLVE, "resolve");
    }

    function test_eip712Domain_saysWhatIsSigned() public view {
        (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        ) = escrow.eip712Domain();
        vm.assertEq(bytes32(fields), bytes32(hex"0f"), "name, version, chain and contract");
        vm.assertEq(name, "KustodiaEscrow", "name");
        vm.assertEq(version, "3", "version");
        vm.assertEq(chainId, block.chainid, "chain");
        vm.assertEq(verifyingContract, address(escrow), "contract");
        vm.assertEq(salt, bytes32(0), "salt");
        vm.assertEq(extensions.length, 0, "extensions");
    }

    function test_releaseEarly_paysWithAnApproversSignature() public {
        uint256 id = create();
        releaseEarly(id, approve(RELEASE, id));
        assertStatus(id, IKustodiaEscrow.Status.Released);
        assertMoney(0, AMOUNT);
    }

    function test_cancelEarly_paysWithAnApproversSignature() public {
        uint256 id = create();
        cancelEarly(id, approve(CANCEL, id));
        assertStatus(id, IKustodiaEscrow.Status.Cancelled);
        assertMoney(0, AMOUNT);
    }

    function test_resolveForBuyerEarly_paysWithAnApproversSignature() public {
        uint256 id = disputed();
        resolveEarly(id, approve(RESOLVE, id));
        assertStatus(id, IKustodiaEscrow.Status.Cancelled);
        assertMoney(0, AMOUNT);
    }

    function test_early_isPossibleWhilePaused() public {
        uint256 id = create();
        vm.prank(ADMIN);
        escrow.pause();
        releaseEarly(id, approve(RELEASE, id));
        assertMoney(0, AMOUNT);
    }

    function test_early_takesAContractsSignature() public {
        ContractSigner safe = new ContractSigner();
        vm.prank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, address(safe));
        uint256 id = create();
        expectInvalid(address(safe));
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, address(safe), EXPIRY, "");

        safe.setDigest(digest(RELEASE, id, EXPIRY));
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, address(safe), EXPIRY, "");
        assertMoney(0, AMOUNT);
    }

    function test_early_refusesAContractWithoutTheRole() public {
        ContractSigner safe = new ContractSigner();
        uint256 id = create();
        safe.setDigest(digest(RELEASE, id, EXPIRY));
        expectInvalid(address(safe));
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, address(safe), EXPIRY, "");
    }

    function test_early_isGoodUntilItsExpiryToTheSecond() public {
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id);
        vm.warp(EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ApprovalExpired.selector, EXPIRY));
        releaseEarly(id, signature);
        vm.warp(EXPIRY);
        releaseEarly(id, signature);
        assertMoney(0, AMOUNT);
    }

    function testFuzz_early_refusesAnotherExpiryThanWasSigned(uint64 expiry) public {
        vm.assume(expiry != EXPIRY);
        expiry = uint64(bound(expiry, EXPIRY + 1, type(uint64).max));
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id);
        expectInvalid(APPROVER);
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, APPROVER, expiry, signature);
    }

    function testFuzz_early_refusesTheSignatureOfAnybodyElse(uint256 key) public {
        key = bound(key, 1, N - 1);
        vm.assume(key != APPROVER_KEY);
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id, EXPIRY, key);
        expectInvalid(APPROVER);
        releaseEarly(id, signature);
        expectInvalid(vm.addr(key));
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, vm.addr(key), EXPIRY, signature);
    }

    function test_early_refusesTheBridgeWalletsOwnSignature() public {
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id, EXPIRY, BRIDGE_KEY);
        expectInvalid(BRIDGE);
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, BRIDGE, EXPIRY, signature);
    }

    function test_early_refusesAnApproverWhoIsNoneAnyMore() public {
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id);
        vm.prank(ADMIN);
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        expectInvalid(APPROVER);
        releaseEarly(id, signature);
    }

    /// @dev Only a dispute or the expiry ends a signature for good.
    function test_early_takesTheSignatureAgainOfAnApproverWhoIsOneAgain() public {
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id);
        vm.startPrank(ADMIN);
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        vm.stopPrank();
        releaseEarly(id, signature);
        assertMoney(0, AMOUNT);
    }

    /// @dev What is signed does not name the payee: a redirect after it leaves it good.
    function test_early_paysWhoIsThePayeeByThen() public {
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id);
        vm.prank(ADMIN);
        escrow.scheduleSettlement(STRANGER);
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        vm.prank(APPROVER);
        escrow.redirect(ids, STRANGER);
        releaseEarly(id, signature);
        vm.assertEq(token.balanceOf(STRANGER), AMOUNT, "the payee's");
    }

    function test_early_refusesTheSignatureForAnotherAct() public {
        uint256 id = create();
        bytes memory release = approve(RELEASE, id);
        bytes memory cancel = approve(CANCEL, id);
        expectInvalid(APPROVER);
        cancelEarly(id, release);
        expectInvalid(APPROVER);
        releaseEarly(id, cancel);
        vm.prank(BRIDGE);
        escrow.dispute(id, "");
        bytes memory disputedCancel = approve(CANCEL, id);
        expectInvalid(APPROVER);
        resolveEarly(id, disputedCancel);
        assertMoney(AMOUNT, 0);
    }

    function test_early_refusesTheSignatureForAnotherEscrow() public {
        uint256 id = create();
        uint256 other = create(OTHER_REF);
        bytes memory signature = approve(RELEASE, id);
        expectInvalid(APPROVER);
        releaseEarly(other, signature);
    }

    function test_early_refusesTheSignatureForAnotherReference() public {
        uint256 id = create();
        bytes memory signature =
            sign(APPROVER_KEY, approvalDigest(address(escrow), block.chainid, RELEASE, id, OTHER_REF, 0, EXPIRY));
        expectInvalid(APPROVER);
        releaseEarly(id, signature);
    }

    function test_early_refusesTheSignatureForAnotherChain() public {
        uint256 id = create();
        bytes memory signature = approve(RELEASE, id);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        expectInvalid(APPROVER);
        releaseEarly(id, signature);
        vm.chainId(here);
        releaseEarly(id, signature);
    }

    function test_early_refusesTheSignatureForAnotherContract() public {
        uint256 id = create();
        KustodiaEscrow other = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        bytes memory signature =
            sign(APPROVER_KEY, approvalDigest(address(other), block.chainid, RELEASE, id, REF, 0, EXPIRY));
        expectInvalid(APPROVER);
        releaseEarly(id, signature);
    }

    function test_early_refusesASignatureFromBeforeADispute() public {
        uint256 id = create();
        bytes memory release = approve(RELEASE, id);
        bytes memory cancel = approve(CANCEL, id);
        vm.startPrank(BRIDGE);
        escrow.dispute(id, "");
        escrow.resolveDispute(id, true);
        vm.stopPrank();
        expectInvalid(APPROVER);
        releaseEarly(id, release);
        expectInvalid(APPROVER);
        cancelEarly(id, cancel);
        assertMoney(AMOUNT, 0);
        releaseEarly(id, approve(RELEASE, id));
        assertMoney(0, AMOUNT);
    }

    function test_early_refusesTheResolutionOfAnEarlierDispute() public {
        uint256 id = disputed();
        bytes memory resolution = approve(RESOLVE, id);
        vm.startPrank(BRIDGE);
        escrow.resolveDispute(id, true);
        escrow.dispute(id, "again");
        vm.stopPrank();
        expectInvalid(APPROVER);
        resolveEarly(id, resolution);
    }

    function test_early_usesASignatureUp() public {
        uint256 id = create();
        create(OTHER_REF);
        bytes memory signature = approve(RELEASE, id);
        releaseEarly(id, signature);
        expectWrongStatus(id, IKustodiaEscrow.Status.Released, IKustodiaEscrow.Status.Funded);
        releaseEarly(id, signature);
        assertMoney(AMOUNT, AMOUNT);
    }

    function test_early_refusesTheOtherFormOfASignature() public {
        uint256 id = create();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(APPROVER_KEY, digest(RELEASE, id, EXPIRY));
        expectInvalid(APPROVER);
        releaseEarly(id, abi.encodePacked(r, bytes32(N - uint256(s)), v == 27 ? uint8(28) : uint8(27)));
    }

    function testFuzz_early_refusesWhatIsNoSignature(bytes calldata garbage) public {
        uint256 id = create();
        expectInvalid(APPROVER);
        releaseEarly(id, garbage);
    }

    function test_early_refusesNobodysSignature() public {
        uint256 id = create();
        expectInvalid(address(0));
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, address(0), EXPIRY, new bytes(65));
    }

    function test_early_leavesADisputeAlone() public {
        uint256 id = disputed();
        bytes memory release = approve(RELEASE, id);
        bytes memory cancel = approve(CANCEL, id);
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        releaseEarly(id, release);
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        cancelEarly(id, cancel);
    }

    function test_resolveForBuyerEarly_needsADispute() public {
        uint256 id = create();
        bytes memory signature = approve(RESOLVE, id);
        expectWrongStatus(id, IKustodiaEscrow.Status.Funded, IKustodiaEscrow.Status.Disputed);
        resolveEarly(id, signature);
    }

    function testFuzz_early_isForTheBridgeWalletToSend(address caller) public {
        vm.assume(caller != BRIDGE);
        uint256 id = create();
        uint256 lost = create(OTHER_REF);
        vm.prank(BRIDGE);
        escrow.dispute(lost, "");
        bytes[3] memory signatures = [approve(RELEASE, id), approve(CANCEL, id), approve(RESOLVE, lost)];
        vm.startPrank(caller);
        expectMissingRole(caller, BRIDGE_ROLE);
        escrow.releaseEarly(id, APPROVER, EXPIRY, signatures[0]);
        expectMissingRole(caller, BRIDGE_ROLE);
        escrow.cancelEarly(id, APPROVER, EXPIRY, signatures[1]);
        expectMissingRole(caller, BRIDGE_ROLE);
        escrow.resolveForBuyerEarly(lost, APPROVER, EXPIRY, signatures[2]);
    }

    function digest(bytes32 act, uint256 id, uint64 expiry) private view returns (bytes32) {
        return approvalDigest(address(escrow), block.chainid, act, id, escrow.getEscrow(id).ref, 0, expiry);
    }

    function releaseEarly(uint256 id, bytes memory signature) private {
        vm.prank(BRIDGE);
        escrow.releaseEarly(id, APPROVER, EXPIRY, signature);
    }

    function cancelEarly(uint256 id, bytes memory signature) private {
        vm.prank(BRIDGE);
        escrow.cancelEarly(id, APPROVER, EXPIRY, signature);
    }

    function resolveEarly(uint256 id, bytes memory signature) private {
        vm.prank(BRIDGE);
        escrow.resolveForBuyerEarly(id, APPROVER, EXPIRY, signature);
    }
}
