// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {EscrowTest, vm} from "./support/EscrowTest.sol";
import {HostileToken} from "./support/HostileTokens.sol";

/// @notice An allowed token that turns out to be hostile harms no money but its own.
contract KustodiaEscrowHostileTest is EscrowTest {
    HostileToken private hostile;

    function setUp() public override {
        super.setUp();
        hostile = new HostileToken();
        hostile.mint(BRIDGE, RICH);
        hostile.mint(address(hostile), RICH);
        hostile.approveFromHere(address(escrow));
        vm.startPrank(ADMIN);
        escrow.setTokenAllowed(address(hostile), true);
        escrow.grantRole(BRIDGE_ROLE, address(hostile));
        vm.stopPrank();
        vm.prank(BRIDGE);
        hostile.approve(address(escrow), type(uint256).max);
    }

    function test_createAndFund_refusesATokenThatTakesAFee() public {
        hostile.takeFee(1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountReceived.selector, AMOUNT, AMOUNT - 1));
        createHostile(REF);
    }

    function test_createAndFund_refusesATokenThatMovesNothing() public {
        hostile.moveNothing();
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountReceived.selector, AMOUNT, 0));
        createHostile(REF);
    }

    function test_createAndFund_refusesATokenThatDeliversMore() public {
        hostile.deliverMore(1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountReceived.selector, AMOUNT, AMOUNT + 1));
        createHostile(REF);
    }

    function test_createAndFund_refusesATokenThatReturnsFalse() public {
        hostile.returnFalse();
        expectFailedOperation();
        createHostile(REF);
    }

    function test_release_refusesATokenThatReturnsFalse() public {
        uint256 id = createHostile(REF);
        vm.warp(DEADLINE);
        hostile.returnFalse();
        expectFailedOperation();
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(id, IKustodiaEscrow.Status.Funded);
        vm.assertEq(escrow.escrowedTotal(address(hostile)), AMOUNT, "still held");
    }

    function test_release_refusesATokenThatMovesNothing() public {
        uint256 id = createHostile(REF);
        vm.warp(DEADLINE);
        hostile.moveNothing();
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountTaken.selector, AMOUNT, 0));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(id, IKustodiaEscrow.Status.Funded);
    }

    function test_release_refusesATokenThatChargesTheSender() public {
        uint256 id = createHostile(REF);
        uint256 other = createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.chargeSender(7);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountTaken.selector, AMOUNT, AMOUNT + 7));
        vm.prank(BRIDGE);
        escrow.release(id);
        vm.assertEq(hostile.balanceOf(address(escrow)), 2 * AMOUNT, "the other payment's money stays");
        hostile.behave();
        vm.startPrank(BRIDGE);
        escrow.release(id);
        escrow.release(other);
        vm.assertEq(hostile.balanceOf(SETTLEMENT), 2 * AMOUNT, "each is paid");
    }

    function test_release_writesItsStateBeforeTheTransfer() public {
        uint256 id = createHostile(REF);
        uint256 other = createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.callBack(address(escrow), abi.encodeCall(escrow.getEscrow, (id)));
        vm.prank(BRIDGE);
        escrow.release(id);
        IKustodiaEscrow.Escrow memory seen = abi.decode(hostile.refusal(), (IKustodiaEscrow.Escrow));
        vm.assertEq(uint256(seen.status), uint256(IKustodiaEscrow.Status.Released), "status in the middle of it");

        hostile.callBack(address(escrow), abi.encodeCall(escrow.escrowedTotal, (address(hostile))));
        vm.prank(BRIDGE);
        escrow.release(other);
        vm.assertEq(abi.decode(hostile.refusal(), (uint256)), 0, "total in the middle of it");
    }

    function test_createAndFund_writesItsStateBeforeTheTransfer() public {
        hostile.callBack(address(escrow), abi.encodeCall(escrow.escrowIdOf, (REF)));
        createHostile(REF);
        vm.assertEq(abi.decode(hostile.refusal(), (uint256)), 1, "its reference in the middle of it");
        hostile.callBack(address(escrow), abi.encodeCall(escrow.escrowedTotal, (address(hostile))));
        createHostile(OTHER_REF);
        vm.assertEq(abi.decode(hostile.refusal(), (uint256)), 2 * AMOUNT, "total in the middle of it");
    }

    function test_releaseBatch_ofTwoTokens_revertsAsAWholeWhereOneHasStopped() public {
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (create(), createHostile(OTHER_REF));
        vm.warp(DEADLINE);
        hostile.stop();
        vm.startPrank(BRIDGE);
        vm.expectRevert(HostileToken.Refused.selector);
        escrow.releaseBatch(ids);
        assertStatus(ids[0], IKustodiaEscrow.Status.Funded);
        escrow.release(ids[0]);
        assertStatus(ids[0], IKustodiaEscrow.Status.Released);
    }

    function test_release_isRetryableOnceATokenBehaves() public {
        uint256 id = createHostile(REF);
        vm.warp(DEADLINE);
        hostile.stop();
        vm.expectRevert(HostileToken.Refused.selector);
        vm.prank(BRIDGE);
        escrow.release(id);
        hostile.refuse(SETTLEMENT);
        vm.expectRevert(HostileToken.Refused.selector);
        vm.prank(BRIDGE);
        escrow.release(id);
        hostile.behave();
        vm.prank(BRIDGE);
        escrow.release(id);
        vm.assertEq(hostile.balanceOf(SETTLEMENT), AMOUNT, "paid");
    }

    function test_release_leavesTheFeeToWhoIsPaid() public {
        uint256 id = createHostile(REF);
        createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.takeFee(7);
        vm.prank(BRIDGE);
        escrow.release(id);
        vm.assertEq(hostile.balanceOf(SETTLEMENT), AMOUNT - 7, "paid");
        vm.assertEq(hostile.balanceOf(address(escrow)), AMOUNT, "the other payment's money stays");
    }

    function test_aTokenThatStops_holdsUpNoOther() public {
        uint256 id = create();
        uint256 stuck = createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.stop();
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(stuck, IKustodiaEscrow.Status.Funded);
        assertMoney(0, AMOUNT);
    }

    function test_rescue_findsNoSurplusWhereATokenIsShort() public {
        createHostile(REF);
        hostile.takeFee(AMOUNT);
        // The fee of a transfer of nothing is taken from the recipient: the contract loses its escrow's money.
        vm.prank(STRANGER);
        hostile.transfer(address(escrow), 0);
        vm.assertEq(hostile.balanceOf(address(escrow)), 0, "short");

        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ExceedsSurplus.selector, address(hostile), 1, 0));
        vm.prank(ADMIN);
        escrow.rescue(address(hostile), ADMIN, 1);
    }

    function test_rescue_refusesATokenThatChargesTheSender() public {
        createHostile(REF);
        hostile.mint(address(escrow), 1);
        hostile.chargeSender(7);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountTaken.selector, 1, 8));
        vm.prank(ADMIN);
        escrow.rescue(address(hostile), ADMIN, 1);
        vm.assertEq(hostile.balanceOf(address(escrow)), AMOUNT + 1, "the escrow's money stays");
    }

    function test_rescue_refusesATokenThatReturnsFalse() public {
        hostile.mint(address(escrow), 1);
        hostile.returnFalse();
        expectFailedOperation();
        vm.prank(ADMIN);
        escrow.rescue(address(hostile), ADMIN, 1);
    }

    function test_createAndFund_cannotBeReentered() public {
        assertRefusedDuring(
            abi.encodeCall(escrow.createAndFund, (keccak256("inner"), address(hostile), AMOUNT, CUSTODY))
        );
    }

    function test_createAndFundWithPermit_cannotBeReentered() public {
        assertRefusedDuring(
            abi.encodeCall(
                escrow.createAndFundWithPermit,
                (keccak256("inner"), address(hostile), AMOUNT, CUSTODY, 0, 27, bytes32(0), bytes32(0))
            )
        );
    }

    function test_release_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.release, (1)));
    }

    function test_releaseAbandoned_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.releaseAbandoned, (1)));
    }

    function test_releaseBatch_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.releaseBatch, (new uint256[](1))));
    }

    function test_cancel_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.cancel, (1)));
    }

    function test_dispute_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.dispute, (1, "")));
    }

    function test_resolveDispute_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.resolveDispute, (1, false)));
    }

    function test_releaseEarly_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.releaseEarly, (1, APPROVER, EXPIRY, "")));
    }

    function test_cancelEarly_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.cancelEarly, (1, APPROVER, EXPIRY, "")));
    }

    function test_resolveForBuyerEarly_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.resolveForBuyerEarly, (1, APPROVER, EXPIRY, "")));
    }

    function test_redirect_cannotBeReentered() public {
        uint256[] memory ids = new uint256[](1);
        ids[0] = 1;
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, address(hostile));
        escrow.grantRole(APPROVER_ROLE, address(hostile));
        vm.stopPrank();
        assertRefusedDuring(abi.encodeCall(escrow.redirect, (ids, SETTLEMENT)));
    }

    function test_rescue_cannotBeReentered() public {
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, address(hostile));
        escrow.beginDefaultAdminTransfer(address(hostile));
        vm.stopPrank();
        vm.warp(START + ADMIN_DELAY + 1);
        vm.prank(address(hostile));
        escrow.acceptDefaultAdminTransfer();
        assertRefusedDuring(abi.encodeCall(escrow.rescue, (address(hostile), STRANGER, 0)));
    }

    function test_aReentrantPayout_paysOnce() public {
        uint256 id = createHostile(REF);
        createHostile(OTHER_REF);
        vm.warp(DEADLINE);
        hostile.callBack(address(escrow), abi.encodeCall(escrow.release, (id)));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertGuarded();
        vm.assertEq(hostile.balanceOf(SETTLEMENT), AMOUNT, "once");
        vm.assertEq(hostile.balanceOf(address(escrow)), AMOUNT, "the other payment's money stays");
    }

    function test_aReentrantBatch_paysEachOnce() public {
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (createHostile(REF), createHostile(OTHER_REF));
        vm.warp(DEADLINE);
        hostile.callBack(address(escrow), abi.encodeCall(escrow.release, (ids[1])));
        vm.prank(BRIDGE);
        escrow.releaseBatch(ids);
        assertGuarded();
        vm.assertEq(hostile.balanceOf(SETTLEMENT), 2 * AMOUNT, "each once");
    }

    function createHostile(bytes32 ref) private returns (uint256) {
        vm.prank(BRIDGE);
        return escrow.createAndFund(ref, address(hostile), AMOUNT, CUSTODY);
    }

    function expectFailedOperation() private {
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(hostile)));
    }

    /// @dev Makes the call in the middle of a funding, which itself succeeds.
    function assertRefusedDuring(bytes memory call_) private {
        hostile.callBack(address(escrow), call_);
        createHostile(REF);
        assertGuarded();
        vm.assertEq(escrow.escrowCount(), 1, "number of escrows");
        vm.assertEq(hostile.balanceOf(address(escrow)), AMOUNT, "contract's balance");
    }

    function assertGuarded() private view {
        bytes memory expected = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(keccak256(hostile.refusal()), keccak256(expected), "refused by the guard");
        vm.assertEq(hostile.callsLetThrough(), 0, "calls let through");
    }
}
